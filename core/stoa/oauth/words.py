"""What the pages say that members see, in each language that members read.

`TEXT_VERSION` changes with any word of the consent page, so that members are asked again.
"""

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType

from stoa.values.languages import LANGUAGES, closest

__all__ = ["NAMES", "TEXT_VERSION", "WORDS", "say"]

NAMES: Mapping[str, str] = MappingProxyType(
    {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
)
"""What each language calls itself."""

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType({
    "brand": ("Stoa membership", "Stoa 会员", "Stoa 會員"),
    "language": ("Language", "语言", "語言"),
    "email.title": ("Sign in", "登录", "登入"),
    "email.lead": (
        "Type the e-mail address of your membership. We send you a code; there is no password.",
        "请输入您会员资料中的邮箱。我们会发送验证码，无需密码。",
        "請輸入您會員資料中的電子郵件。我們會寄送驗證碼，無需密碼。",
    ),
    "email.label": ("E-mail address", "邮箱", "電子郵件"),
    "email.go": ("Send me a code", "发送验证码", "寄送驗證碼"),
    "email.wrong": (
        "Write an e-mail address such as name@example.org.",
        "请填写邮箱，例如 name@example.org。",
        "請填寫電子郵件，例如 name@example.org。",
    ),
    "email.none": (
        "No letters can be sent here just now, so nobody can sign in. Please try again later.",
        "目前无法发送邮件，因此无法登录。请稍后再试。",
        "目前無法寄送郵件，因此無法登入。請稍後再試。",
    ),
    "code.title": ("Type the code", "输入验证码", "輸入驗證碼"),
    "code.lead": (
        (
            "If the address belongs to a membership, a code of six digits is on its way to it. It"
            " works for {minutes} minutes, in this browser."
        ),
        "如果该邮箱属于某位会员，六位验证码已发出。{minutes} 分钟内在此浏览器中有效。",
        "如果該電子郵件屬於某位會員，六位驗證碼已寄出。{minutes} 分鐘內在此瀏覽器中有效。",
    ),
    "code.label": ("Code", "验证码", "驗證碼"),
    "code.go": ("Sign in", "登录", "登入"),
    "code.again": (
        "Another code, or another address",
        "重新发送，或更换邮箱",
        "重新寄送，或更換電子郵件",
    ),
    "code.wrong": (
        "This is not the code. You may try {left} more times.",
        "验证码不正确。还可尝试 {left} 次。",
        "驗證碼不正確。還可嘗試 {left} 次。",
    ),
    "code.over": (
        "This code does not work any more. Ask for another one.",
        "该验证码已失效。请重新获取。",
        "該驗證碼已失效。請重新取得。",
    ),
    "many": (
        "Too many attempts. Please come back in {minutes} minutes.",
        "尝试次数过多。请在 {minutes} 分钟后再试。",
        "嘗試次數過多。請在 {minutes} 分鐘後再試。",
    ),
    "stale": (
        "This page was open too long, or your browser keeps no cookies. Please try again.",
        "页面停留时间过长，或浏览器未保存 Cookie。请重试。",
        "頁面停留時間過長，或瀏覽器未儲存 Cookie。請重試。",
    ),
    "consent.title": (
        "{partner} asks for your membership",
        "{partner}请求使用您的会员身份",
        "{partner}請求使用您的會員身分",
    ),
    "consent.lead": (
        "If you agree, {partner} may",
        "如果您同意，{partner}可以",
        "如果您同意，{partner}可以",
    ),
    "consent.app": ("by way of “{client}”", "通过“{client}”", "透過「{client}」"),
    "scope.openid": (
        "know you again, by a number that it alone has for you",
        "再次识别您，使用仅供其使用的会员编号",
        "再次識別您，使用僅供其使用的會員編號",
    ),
    "scope.profile": (
        "see your name and your language",
        "查看您的姓名和语言",
        "查看您的姓名和語言",
    ),
    "scope.email": ("see your e-mail address", "查看您的邮箱", "查看您的電子郵件"),
    "scope.wallet:read": (
        (
            "see your points, when they end and how they came and went; what you did at other"
            " partners stays hidden"
        ),
        "查看您的积分、到期日和收支记录；您在其他伙伴处的消费内容不会显示",
        "查看您的點數、到期日和收支紀錄；您在其他夥伴處的消費內容不會顯示",
    ),
    "scope.redeem:self": (
        (
            "set points aside when you pay with them there; many points at once still need your PIN"
            " or your confirmation"
        ),
        "在您使用积分支付时预留积分；大额积分仍需您的 PIN 码或确认",
        "在您使用點數支付時保留點數；大額點數仍需您的 PIN 碼或確認",
    ),
    "consent.rest": (
        "It sees nothing else. You can take this back at any time under “My sign-ins”.",
        "除此之外不会看到任何信息。您可随时在“我的登录”中撤回。",
        "除此之外不會看到任何資訊。您可隨時在「我的登入」中撤回。",
    ),
    "consent.yes": ("Agree and go on", "同意并继续", "同意並繼續"),
    "consent.no": ("No, go back", "不同意，返回", "不同意，返回"),
    "consent.as": (
        "You are signed in as {address}.",
        "您已登录：{address}。",
        "您已登入：{address}。",
    ),
    "consent.other": ("Not you?", "不是您？", "不是您？"),
    "error.title": ("This link does not work", "此链接无效", "此連結無效"),
    "error.lead": (
        (
            "The shop or app that sent you here made a mistake, so we did not send you back to it."
            " Nothing happened to your membership."
        ),
        "将您带到此处的商店或应用出现错误，因此我们没有将您送回。您的会员资料未受任何影响。",
        "將您帶到此處的商店或應用程式發生錯誤，因此我們沒有將您送回。您的會員資料未受任何影響。",
    ),
    "error.detail": (
        "For its makers: {detail}",
        "供其开发者参考：{detail}",
        "供其開發者參考：{detail}",
    ),
    "error.why.twice": (
        "each parameter may be sent once", "每个参数只能发送一次", "每個參數只能傳送一次",
    ),
    "error.why.client": (
        "client_id names no client in use",
        "client_id 不是正在使用的客户端",
        "client_id 不是使用中的用戶端",
    ),
    "error.why.redirect": (
        "redirect_uri is not registered for this client, letter by letter",
        "redirect_uri 与此客户端登记的地址不完全一致",
        "redirect_uri 與此用戶端登記的網址不完全一致",
    ),
    "error.why.state": (
        "state is too long, or no plain text",
        "state 过长，或不是纯文本",
        "state 過長，或不是純文字",
    ),
    "error.why.hint": (
        "client_id is not the client that id_token_hint was given to",
        "client_id 与 id_token_hint 所属的客户端不一致",
        "client_id 與 id_token_hint 所屬的用戶端不一致",
    ),
    "error.why.nobody": (
        "post_logout_redirect_uri needs client_id or id_token_hint",
        "使用 post_logout_redirect_uri 须同时提供 client_id 或 id_token_hint",
        "使用 post_logout_redirect_uri 須同時提供 client_id 或 id_token_hint",
    ),
    "error.why.after": (
        "post_logout_redirect_uri is not registered, letter by letter",
        "post_logout_redirect_uri 与登记的地址不完全一致",
        "post_logout_redirect_uri 與登記的網址不完全一致",
    ),
    "leave.title": ("Sign out?", "要登出吗？", "要登出嗎？"),
    "leave.lead": (
        "{partner} asks to sign you out here.",
        "{partner}请求将您从此处登出。",
        "{partner}請求將您從此處登出。",
    ),
    "leave.lead.nobody": (
        "You were sent here to sign out.",
        "您被带到此处以便登出。",
        "您被帶到此處以便登出。",
    ),
    "leave.yes": ("Sign out", "登出", "登出"),
    "leave.no": ("Stay signed in", "保持登录", "保持登入"),
    "left.title": ("You are signed out", "您已登出", "您已登出"),
    "left.lead": (
        "You may close this page, or sign in again.",
        "您可以关闭此页面，或重新登录。",
        "您可以關閉此頁面，或重新登入。",
    ),
    "left.again": ("Sign in", "登录", "登入"),
    "account.title": ("My sign-ins", "我的登录", "我的登入"),
    "account.partners": ("Who may see what", "谁可以看到什么", "誰可以看到什麼"),
    "account.partners.none": (
        "No partner uses your membership.",
        "没有伙伴在使用您的会员身份。",
        "沒有夥伴在使用您的會員身分。",
    ),
    "account.since": ("since {day}", "自 {day} 起", "自 {day} 起"),
    "account.withdraw": ("Take back", "撤回", "撤回"),
    "account.sessions": ("Where you are signed in", "您的登录位置", "您的登入位置"),
    "account.here": ("this browser", "当前浏览器", "目前的瀏覽器"),
    "account.unknown": ("a browser", "浏览器", "瀏覽器"),
    "account.seen": ("last used {day}", "最近使用 {day}", "最近使用 {day}"),
    "account.end": ("Sign out there", "在该处登出", "在該處登出"),
    "account.out": ("Sign out", "登出", "登出"),
    "account.withdrawn": (
        "Taken back. What was handed out stops working within a minute.",
        "已撤回。已发放的访问权限将在一分钟内失效。",
        "已撤回。已發放的存取權限將在一分鐘內失效。",
    ),
    "account.ended": ("Signed out there.", "已在该处登出。", "已在該處登出。"),
})  # fmt: skip
"""Each text in the order of `LANGUAGES`."""

_CONSENT = [key for key in WORDS if key.startswith(("consent.", "scope."))]
_SHOWN = json.dumps([WORDS[key] for key in _CONSENT]).encode()
TEXT_VERSION = hashlib.sha256(_SHOWN).hexdigest()[:12]
"""Which words of the consent page a member agreed to."""


def say(key: str, language: str, **facts: object) -> str:
    """Return a text in a language, with its facts put in."""
    return WORDS[key][LANGUAGES.index(closest(language))].format(**facts)
