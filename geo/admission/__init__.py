"""Which events are taken into the journal: a call's drafts are judged together, and one fault refuses them all."""

from geo.admission.judging import Limits as Limits
from geo.admission.judging import admit as admit
from geo.admission.judging import refusals as refusals
