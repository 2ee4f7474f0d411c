"""What the frame of the site says, in the languages that people of partners read.

The guides themselves are written in English.
"""

from collections.abc import Mapping
from types import MappingProxyType

from stoa.values.languages import LANGUAGES, closest

__all__ = ["NAMES", "WORDS", "say"]

NAMES: Mapping[str, str] = MappingProxyType(
    {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
)
"""What each language calls itself."""

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType({
    "brand": ("Stoa for developers", "Stoa 开发者中心", "Stoa 開發者中心"),
    "lead": (
        "Ten minutes from credentials to a first point.",
        "拿到凭证后，十分钟即可发出第一个积分。",
        "取得憑證後，十分鐘即可發出第一個積分。",
    ),
    "begin": ("Begin with the quickstart", "从快速入门开始", "從快速入門開始"),
    "skip": ("Skip to the text", "跳到正文", "跳到正文"),
    "search": ("Search the documentation", "搜索文档", "搜尋文件"),
    "search.hint": ("Search, or press /", "搜索，或按 /", "搜尋，或按 /"),
    "search.none": ("Nothing found.", "没有找到。", "沒有找到。"),
    "search.found": ("results", "条结果", "筆結果"),
    "search.off": (
        "The search is not available just now.", "暂时无法搜索。", "暫時無法搜尋。",
    ),
    "pages": ("Pages", "页面", "頁面"),
    "here": ("On this page", "本页内容", "本頁內容"),
    "theme": ("Light or dark", "浅色或深色", "淺色或深色"),
    "language": ("Language", "语言", "語言"),
    "english": (
        "", "以下内容为英文。", "以下內容為英文。",
    ),
    "start": ("Start", "入门", "入門"),
    "connect": ("Connect", "接入", "串接"),
    "plugins": ("Plugins", "插件", "外掛"),
    "programme": ("The programme", "会员计划", "會員計畫"),
    "operate": ("Run it", "运维", "維運"),
    "inside": ("Inside", "内部原理", "內部原理"),
    "reference": ("Reference", "参考", "參考"),
    "reference.doors": ("API reference", "API 参考", "API 參考"),
    "reference.problems": ("Problems", "错误代码", "錯誤代碼"),
    "reference.decisions": ("Decisions", "设计决策", "設計決策"),
    "reference.changelog": ("Changelog", "更新日志", "更新日誌"),
    "reference.try": ("Try it in the browser", "在浏览器中试用", "在瀏覽器中試用"),
})  # fmt: skip
"""Each text in the order of `LANGUAGES`."""


def say(key: str, language: str) -> str:
    """Return a text in the language that fits best."""
    return WORDS[key][LANGUAGES.index(closest(language))]
