"""The command in Chinese and in English: how the language is chosen, and that no text is left without a translation."""

from __future__ import annotations

import ast
import json
import os
import re
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

import api.cli
from api.cli import language
from api.cli.language import chosen, heard, speak, term
from maps.words import texts
from tests.commands import yixian

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")

MADE_ELSEWHERE = {
    "Missing argument {name}.",  # typer puts the kind of parameter in; each is tried below
    "Missing argument {name}. {message:s}",
    "Missing option {name}.",
    "Missing option {name}. {message:s}",
    "No such command {name}. Did you mean {suggestions}?",
    "{message:s} (Possible options: {names})",
    "Value error, {message:s}",  # these are pydantic's, which is compiled; each is tried below
    "Input should be a valid number, unable to parse string as a number",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be greater than or equal to {limit}",
    "Input should be less than or equal to {limit}",
    "{days:d} day, {time:t}",  # Python's, for a timedelta
    "{days:d} days, {time:t}",
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),  # Python's, for %A
}


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> Iterator[str]:
    speak(request.param)
    yield request.param
    speak("en")


@pytest.fixture
def chinese() -> Iterator[None]:
    speak("zh")
    yield
    speak("en")


def run(lang: str, *words: object) -> subprocess.CompletedProcess[str]:
    """The command as a user of that language runs it."""
    known = {name: value for name, value in os.environ.items() if name not in ("YIXIAN_LANG", "LANGUAGE", "LC_ALL")}
    return yixian(*words, env={**known, "LANG": lang, "PYTHONUTF8": "1"})


@pytest.mark.parametrize(
    ("expected", "words", "environment"),
    [
        ("en", [], {"LANG": "C.UTF-8"}),
        ("en", [], {"LANG": "de_DE.UTF-8"}),
        ("zh", [], {"LANG": "zh_CN.UTF-8"}),
        ("zh", [], {"LANG": "zh_TW"}),
        ("en", [], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}),
        ("zh", [], {"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}),
        ("zh", [], {"LANG": "en_US.UTF-8", "LANGUAGE": "fr:zh_CN:en"}),
        ("en", [], {"LANG": "zh_CN.UTF-8", "LANGUAGE": "fr:de"}),
        ("en", [], {"LANG": "zh_CN.UTF-8", "LC_ALL": "zh_CN", "YIXIAN_LANG": "en"}),
        ("zh", ["--lang", "zh", "check"], {"YIXIAN_LANG": "en"}),
        ("en", ["coverage", "--lang=en"], {"LANG": "zh_CN.UTF-8"}),
        ("zh", ["--lang", "zh", "map", "risk", "--lang", "en"], {"LANG": "C"}),
        ("zh", ["coverage", "--lang", "xx"], {"LANG": "zh_CN"}),
        ("zh", ["coverage", "--lang"], {"LANG": "zh_CN"}),
        ("zh", ["record", "--", "--lang", "en"], {"LANG": "zh_CN"}),
    ],
)
def test_the_option_beats_the_variable_and_the_variable_the_system(
    expected: str, words: list[str], environment: dict[str, str]
) -> None:
    assert expected == chosen(words, environment)


@pytest.mark.parametrize(
    ("expected", "system"), [("zh", "Chinese (Simplified)_China"), ("en", "German_Germany"), ("en", None)]
)
def test_without_any_variable_the_systems_own_language_counts(
    monkeypatch: pytest.MonkeyPatch, expected: str, system: str | None
) -> None:
    monkeypatch.setattr(language.locale, "getlocale", lambda: (system, "cp936"))
    assert expected == chosen([], {})


def literals() -> Iterator[str]:
    """What the command hands to `_`, and the headings of its tables."""
    for path in sorted((ROOT / "api" / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name("_"), args=[ast.Constant(str(text)), *_]):
                    yield text
                case (
                    ast.Call(func=ast.Name("print_table"), args=[ast.Tuple(elts=cells), *_])
                    | ast.Assign(targets=[ast.Name("head")], value=ast.Tuple(elts=cells))
                ):
                    yield from (cell.value for cell in cells if isinstance(cell, ast.Constant) and cell.value)


def helps(command: TyperCommand | TyperGroup) -> Iterator[str]:
    """The help of a command, of its options and arguments, and of the commands below it."""
    asking = command.get_help_option(typer.Context(command))
    yield from filter(None, [command.help, *(getattr(one, "help", None) for one in (*command.params, asking))])
    for below in getattr(command, "commands", {}).values():
        yield from helps(below)


def said() -> set[str]:
    return {*literals(), *helps(typer.main.get_group(api.cli.app))}


def test_every_text_of_the_command_is_in_chinese() -> None:
    assert set() == said() - set(texts("zh", "command"))


def test_no_translation_is_left_over() -> None:
    assert set() == set(texts("zh", "command")) - said()


def test_a_text_that_is_made_before_it_is_handed_over_could_not_be_found() -> None:
    """`_` takes literals alone, so that the two tests above see every text."""
    handed = [
        node.args[0]
        for path in (ROOT / "api" / "cli").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
    ]
    assert [] == [ast.unparse(one) for one in handed if isinstance(one, ast.JoinedStr)]


@pytest.mark.parametrize("context", ["command", "sentence"])
def test_both_languages_have_the_same_facts(context: str) -> None:
    found = texts("zh", context)
    assert found
    for english, text in found.items():
        optional = {"kind", "holder"} if context == "sentence" else set()
        assert fields(english) - optional == fields(text) - optional, english
        assert text.strip() or not english.strip(), english


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_is_one_that_the_code_below_makes() -> None:
    """A sentence that was reworded below would silently come in English again."""
    import typer as package

    folders = (ROOT / "geo", ROOT / "maps", ROOT / "api", Path(package.__file__).parent)
    made = {
        skeleton
        for folder in folders
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (skeleton := skeleton_of(node)) is not None
    }
    sentences = set(texts("zh", "sentence")) - MADE_ELSEWHERE
    assert [] == sorted(one for one in sentences if not within(re.sub(r"\{[^}]*\}", "{}", one), made))
    assert set() == MADE_ELSEWHERE - set(texts("zh", "sentence"))


def skeleton_of(node: ast.AST) -> str | None:
    """A literal or f-string with empty braces for what is put in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\{[^}]*\}", "{}", node.value)
    return None


def within(sentence: str, made: set[str]) -> bool:
    """Whether it is a literal; one that ends or begins with a fact may have it joined on."""
    return sentence in made or sentence.removesuffix("{}") in made or sentence.replace("_", "-") in made


def test_a_sentence_is_taken_apart_along_its_facts(chinese: None) -> None:
    assert heard("1 of 2 nights kept; 1 owed and 3 night(s) left (R08)") == (
        "应留宿 2 晚,已留宿 1 晚;尚欠 1 晚,还剩 3 个夜晚(R08)"
    )
    assert heard("no team named 'T named it'") == "没有名为 'T named it' 的工作队"
    assert heard("no team named 'T-1'; there are: A, B") == "没有名为 'T-1' 的工作队;现有:A, B"


@pytest.mark.parametrize("hostile", ["{0}", "{name}", "a{", "[red]", "\\1", "' named '", "\n", ""])
def test_what_a_user_typed_is_no_template(chinese: None, hostile: str) -> None:
    assert heard(f"no team named {hostile!r}") == f"没有名为 {hostile!r} 的工作队"
    assert heard(hostile) == hostile


def test_in_english_every_sentence_and_term_is_as_it_was_made(lang: str) -> None:
    speak("en")
    assert heard("no team named 'T-1'") == "no team named 'T-1'"
    assert (term("state", "curable"), term("state", None)) == ("curable", "None")


def test_an_unknown_sentence_stays_as_it_is(chinese: None) -> None:
    assert heard("something that nobody has translated") == "something that nobody has translated"


def test_helps_are_in_the_users_language() -> None:
    commands = [[], ["map"], ["journal"], ["layers", "restore"]]
    for words in commands:
        chinese, english = (run(lang, *words, "--help") for lang in ("zh_CN.UTF-8", "en_US.UTF-8"))
        assert (0, 0) == (chinese.returncode, english.returncode)
        assert all(word in chinese.stdout for word in ("用法:", "选项", "显示本说明并退出"))
        assert all(word in english.stdout for word in ("Usage: ", "Options", "Show this message and exit."))
        assert not CHINESE.search(english.stdout.replace("一线", ""))
        assert "Options" not in chinese.stdout


def test_a_help_shows_what_stands_in_brackets() -> None:
    assert "[default: data/county; absent: the built-in sample]" in run("C.UTF-8", "check", "--help").stdout


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("没有 'nosuch' 这个命令。", ["nosuch"]),
        ("没有 'coverag' 这个命令。是否指 'coverage'?", ["coverag"]),
        ("没有 --weak 这个选项(相近的选项:--week)", ["coverage", "--weak", "1"]),
        ("缺少参数 'folder'。", ["sample"]),
        ("缺少参数 'name'。可选:", ["map"]),
        ("缺少选项 '--role'。", ["token", "add", "n"]),
        ("'name' 的值不对:'x' 不在可选之列:'coverage'", ["map", "x", "-o", "x.html"]),
        ("'lon' 的值不对:应为数字", ["nearest", "a", "b"]),
        ("'--port' 的值不对:应为整数", ["serve", "--port", "x"]),
        ("'--count' 的值不对:应不小于 1", ["journal", "tail", "--count", "0"]),
        ("'--count' 的值不对:应不大于 10000", ["journal", "tail", "--count", "10001"]),
        ("'--closures' 的值不对:'nowhere' 不存在。", ["reach", "--closures", "nowhere"]),
        ("选项 '--week' 缺少取值。", ["coverage", "--week"]),
        ("多余的参数(b)", ["sample", "a", "b"]),
    ],
)
def test_what_typer_refuses_is_told_in_chinese(
    chinese: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, expected: str, words: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    status, told = called(words, monkeypatch, capsys)
    assert status == 2
    assert expected in told
    assert "─ 错误 ─" in told


def called(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """The command in this process: its exit status, and what it printed."""
    monkeypatch.setattr(sys, "argv", ["yixian", *words])
    monkeypatch.setenv("YIXIAN_LANG", language.spoken())
    with pytest.raises(SystemExit) as ended:
        api.cli.main()
    return ended.value.code, "".join(capsys.readouterr())


def test_answers_are_in_the_users_language_and_the_same_for_programs(folder: Path) -> None:
    expected: list[tuple[list[str], Callable[[str], bool]]] = [
        (["coverage"], lambda text: "可补足" in text and "应留宿 2 晚" in text),
        (
            ["nearest", "111.405", "27.675"],
            lambda text: "准备 + 上路 + 行车 + 步行" in text and "沿道路最先到达" in text,
        ),
    ]
    for words, holds in expected:
        chinese, english = (run(lang, *words, "--data", folder) for lang in ("zh_CN.UTF-8", "en_US.UTF-8"))
        assert (0, 0) == (chinese.returncode, english.returncode), chinese.stderr + english.stderr
        assert holds(chinese.stdout)
        assert "截至" in chinese.stdout
        assert "as of" in english.stdout
        whole = [json.loads(run(lang, *words, "--data", folder, "--json").stdout) for lang in ("zh_CN.UTF-8", "C")]
        assert whole[0] == whole[1]


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("yixian: 没有名为 'no-such' 的工作队\n", ["team", "no-such"]),
        ("yixian: '2022-W53' 不是 ISO 周:2022 年只有 W01 至 W52\n", ["coverage", "--week", "2022-W53"]),
        ("yixian: 'x' 不是可用的 kind;可用:city, township\n", ["nearest", "111.405", "27.675", "--kind", "x"]),
        ("yixian: 输入有误:k=0 is not between 1 and 50\n", ["nearest", "111.405", "27.675", "--k", "0"]),
    ],
)
def test_errors_are_told_in_chinese_or_in_english_behind_their_kind(
    chinese: None,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    expected: str,
    words: list[str],
) -> None:
    assert (2, expected) == called([*words, "--data", str(folder)], monkeypatch, capsys)
