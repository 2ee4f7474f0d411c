"""What is written to members and to staff: letters in plain text, in each language they read.

A letter to a member holds no link: who learns that our letters have none does not follow those of
others. Staff are invited by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from stoa.values.languages import closest

__all__ = ["Letter", "access_ended", "partner_leaves", "sign_in_code", "staff_invitation"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject and a text."""

    subject: str
    body: str


_CODE: Mapping[str, tuple[str, str]] = {
    "en": (
        "Your sign-in code",
        (
            "Your code is\n\n    {code}\n\n"
            "Type it on the page that asked for your e-mail address. It works for {minutes}"
            " minutes, once, and in that browser only.\n\n"
            "Nobody of ours will ever ask you for it. If you did not want to sign in, ignore this"
            " letter: without the code nothing happens.\n"
        ),
    ),
    "zh-Hans": (
        "您的登录验证码",
        (
            "您的验证码是\n\n    {code}\n\n"
            "请在要求您填写邮箱的页面上输入。{minutes} 分钟内有效，"
            "仅可使用一次，且只在该浏览器中有效。\n\n"
            "我们的工作人员绝不会向您索要验证码。如果您没有要登录，请忽略本邮件：没有验证码，不会发生任何事。\n"
        ),
    ),
    "zh-Hant": (
        "您的登入驗證碼",
        (
            "您的驗證碼是\n\n    {code}\n\n"
            "請在要求您填寫電子郵件的頁面上輸入。{minutes} 分鐘內有效，"
            "僅可使用一次，且只在該瀏覽器中有效。\n\n"
            "我們的工作人員絕不會向您索取驗證碼。如果您沒有要登入，請忽略本郵件：沒有驗證碼，不會發生任何事。\n"
        ),
    ),
}
_ENDED: Mapping[str, tuple[str, str]] = {
    "en": (
        "{partner} has to ask you again",
        (
            "A key that {partner} had to your membership was used twice. One of the two may have"
            " been a thief, so both are locked out.\n\n"
            "You lose nothing. The next time you use your membership at {partner} you are asked to"
            " sign in again.\n"
        ),
    ),
    "zh-Hans": (
        "{partner}需要您重新登录",
        (
            "{partner}访问您会员资料的密钥被使用了两次，其中一次可能是被盗用，因此两者都已停用。\n\n"
            "您没有任何损失。下次在{partner}使用会员身份时，会请您重新登录。\n"
        ),
    ),
    "zh-Hant": (
        "{partner}需要您重新登入",
        (
            "{partner}存取您會員資料的金鑰被使用了兩次，其中一次可能遭盜用，因此兩者皆已停用。\n\n"
            "您沒有任何損失。下次在{partner}使用會員身分時，會請您重新登入。\n"
        ),
    ),
}


_INVITED: Mapping[str, tuple[str, str]] = {
    "en": (
        "Your account at {host}",
        (
            "{by} gave you an account. Choose a password within {days} days at\n\n    {link}\n\n"
            "The link works once. If you did not expect this letter, ignore it.\n"
        ),
    ),
    "zh-Hans": (
        "您在 {host} 的账号",
        (
            "{by} 为您开通了账号。请在 {days} 天内打开下面的链接设置密码：\n\n    {link}\n\n"
            "该链接只能使用一次。如果您并不知情，请忽略本邮件。\n"
        ),
    ),
    "zh-Hant": (
        "您在 {host} 的帳號",
        (
            "{by} 為您開通了帳號。請在 {days} 天內開啟下面的連結設定密碼：\n\n    {link}\n\n"
            "該連結只能使用一次。如果您並不知情，請忽略本郵件。\n"
        ),
    ),
}

_LEAVES: Mapping[str, tuple[str, str]] = {
    "en": (
        "{partner} is leaving",
        (
            "{partner} is leaving the programme. Until {day} your points pay there as before; from"
            " that day on they do not.\n\n"
            "No point of yours is lost: what you have keeps its value at all other partners, with"
            " the same last days.\n"
        ),
    ),
    "zh-Hans": (
        "{partner} 即将退出",
        (
            "{partner} 即将退出本计划。{day} 之前，您的积分在该处照常使用；从该日起不再可用。\n\n"
            "您的积分不会丢失：在其他所有商户，积分的价值和有效期都不变。\n"
        ),
    ),
    "zh-Hant": (
        "{partner} 即將退出",
        (
            "{partner} 即將退出本計劃。{day} 之前，您的積分在該處照常使用；從該日起不再可用。\n\n"
            "您的積分不會丟失：在其他所有商戶，積分的價值和有效期都不變。\n"
        ),
    ),
}


def sign_in_code(code: str, *, minutes: int, language: str) -> Letter:
    """Return the letter with a sign-in code."""
    subject, body = _CODE[closest(language)]
    return Letter(subject, body.format(code=code, minutes=minutes))


def access_ended(partner: str, *, language: str) -> Letter:
    """Return the letter that tells of tokens that were revoked because one was used twice."""
    subject, body = _ENDED[closest(language)]
    return Letter(subject.format(partner=partner), body.format(partner=partner))


def staff_invitation(link: str, *, by: str, host: str, days: int, language: str) -> Letter:
    """Return the letter with the link by which somebody of the staff chooses a password."""
    subject, body = _INVITED[closest(language)]
    return Letter(subject.format(host=host), body.format(link=link, by=by, days=days))


def partner_leaves(partner: str, *, day: date, language: str) -> Letter:
    """Return the letter that tells a member until which day points pay at a partner that leaves."""
    subject, body = _LEAVES[closest(language)]
    return Letter(subject.format(partner=partner), body.format(partner=partner, day=day))
