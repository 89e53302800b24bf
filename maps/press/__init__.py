"""Pages as one file to share: self-contained HTML, PNG and PDF."""

from maps.press.browser import BrowserError as BrowserError
from maps.press.browser import find_browser as find_browser
from maps.press.fonts import MissingFontError as MissingFontError
from maps.press.printing import FORMS as FORMS
from maps.press.printing import Sheet as Sheet
from maps.press.printing import press as press
from maps.press.size import Size as Size
