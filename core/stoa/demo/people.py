"""The demo's members: names as they are met in Shanghai, Hong Kong and Ürümqi, cards, habits.

Nobody real can be reached: the phone numbers use prefixes that no network has given out, the
e-mail addresses a domain that is reserved for examples (RFC 2606).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from stoa.demo.shops import SHOPS, SITES, Place
from stoa.values.identifiers import luhn_digit

__all__ = ["Person", "a_person"]


def _read(*lines: str) -> tuple[tuple[str, str], ...]:
    """Read ``王wang``: what is written, and what it is in an e-mail address."""
    words = [word for line in lines for word in line.split()]
    latin = ["".join(letter for letter in word if letter.isascii()) for word in words]
    return tuple((word.removesuffix(name), name) for word, name in zip(words, latin, strict=True))


_NAMES = {
    "zh-Hans": (
        _read(
            "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 马ma",
            "朱zhu 胡hu 郭guo 何he 林lin 高gao 罗luo 郑zheng 梁liang 谢xie 宋song 唐tang 许xu",
            "韩han 冯feng 邓deng 曹cao",
        ),
        _read(
            "伟wei 芳fang 娜na 敏min 静jing 磊lei 洋yang 艳yan 杰jie 涛tao 明ming 霞xia 平ping",
            "丹dan 宇yu 浩然haoran 子轩zixuan 雨桐yutong 梓涵zihan 欣怡xinyi 俊杰junjie",
            "思远siyuan 佳琪jiaqi 一诺yinuo 晓雯xiaowen 志强zhiqiang 文博wenbo 若曦ruoxi",
            "建国jianguo 美玲meiling 海燕haiyan 天宇tianyu",
        ),
    ),
    "zh-Hant": (
        _read("陳chan 李lee 黃wong 張cheung 梁leung 林lam 何ho 吳ng 鄭cheng 劉lau 葉yip 馮fung"),
        _read(
            "嘉欣kayan 詠詩wingsze 子軒tszhin 俊傑chunkit 美儀meiyee 家豪kaho 穎琳winglam",
            "志明chiming 思敏szeman 浩賢hoyin 曉彤hiutung 偉文waiman",
        ),
    ),
}
"""Family names and given names by locale, each as written and in Latin letters."""

_ENGLISH = (
    ("Ada", "Grace", "Oliver", "Emma", "Lucas", "Mia", "Noah", "Sofia", "Arjun", "Priya", "Hannah",
     "Marco", "Yuki", "Elena", "Tom", "Aisha", "Ben", "Clara", "Daniel", "Freya"),
    ("Hughes", "Novak", "Rossi", "Tanaka", "Murphy", "Okafor", "Silva", "Andersson", "Dubois",
     "Patel", "Kaya", "Fischer", "Wilson", "Moreau", "Haddad", "Kim"),
)  # fmt: skip
_SOURCES = ("till", "till", "till", "poster", "website", "friend")


@dataclass(frozen=True, slots=True)
class Person:
    """A member to be.

    Attributes:
        born_on: the birthday, where the member told it.
        pull: how often the member shops, against others.
        tastes: the same for each shop.
        plate: of the member's car; empty for none.
    """

    name: str
    locale: str
    card: str
    phone: str | None
    email: str | None
    home: Place
    enrolled_at: datetime
    shop: str
    source: str
    born_on: date | None
    pull: float
    tastes: dict[str, float]
    plate: str


def a_person(random: Random, number: int, *, since: datetime, until: datetime) -> Person:
    """Think up the next member, enrolled between two instants, sooner more likely than later."""
    home = random.choices(SITES, [site.pull for site in SITES])[0]
    name, latin, locale = _name(random, home)
    # The square puts half of all enrolments into the first quarter of the span.
    at = since + (until - since) * random.random() ** 2
    near = [shop.code for shop in SHOPS if home.code in shop.sites]
    drives = random.random() < 0.55  # noqa: PLR2004 - a little more than half have a car
    body = "99" + "".join(random.choices("0123456789", k=13))
    return Person(
        name=name,
        locale=locale,
        card=body + luhn_digit(body),
        phone=_phone(random, home) if random.random() < 0.8 else None,  # noqa: PLR2004
        email=f"{latin}{number}@example.com" if random.random() < 0.6 else None,  # noqa: PLR2004
        home=home,
        enrolled_at=at.replace(second=0, microsecond=0) + timedelta(seconds=random.randrange(60)),
        shop=random.choice(near),
        source=random.choice(_SOURCES),
        born_on=_birthday(random, since.date()) if random.random() < 0.85 else None,  # noqa: PLR2004
        pull=random.paretovariate(1.6),
        tastes={
            shop.code: random.lognormvariate(0, 0.8)
            * (drives or shop.code not in ("fuel", "parking"))
            for shop in SHOPS
        },
        plate=_plate(random, home) if drives else "",
    )


def _name(random: Random, home: Place) -> tuple[str, str, str]:
    if random.random() < 0.18:  # noqa: PLR2004 - newcomers
        first, last = (random.choice(names) for names in _ENGLISH)
        return f"{first} {last}", f"{first}.{last}".lower(), "en"
    locale = "zh-Hant" if home.code == "hongkong" else "zh-Hans"
    families, givens = _NAMES[locale]
    (family, family_latin), (given, given_latin) = random.choice(families), random.choice(givens)
    return family + given, f"{given_latin}.{family_latin}", locale


def _phone(random: Random, home: Place) -> str:
    if home.code == "hongkong":
        return f"+8520{random.randrange(10**7):07}"
    return f"+86100{random.randrange(10**8):08}"


def _birthday(random: Random, today: date) -> date:
    """A day on which somebody from 18 to 75 was born."""
    return today - timedelta(days=random.randint(18 * 366, 75 * 365))


def _plate(random: Random, home: Place) -> str:
    letters = "".join(random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=2))
    if home.code == "hongkong":
        return f"{letters} {random.randrange(100, 9999)}"
    return f"{'沪' if home.code == 'bund' else '新'}{letters[0]}·{random.randrange(10_000, 99_999)}"
