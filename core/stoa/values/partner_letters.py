"""What is written to partners, in their contact's language; as all letters, without links."""

from collections.abc import Mapping

from stoa.values.languages import closest
from stoa.values.letters import Letter

__all__ = ["endpoint_gone", "events_given_up"]

_GONE: Mapping[str, tuple[str, str]] = {
    "en": (
        "{partner}: a webhook endpoint was disabled",
        (
            "The endpoint\n\n    {endpoint}\n\n"
            "answered 410 (gone), so nothing more is sent to it. What waits is kept.\n\n"
            "If that was a mistake, have it challenged anew:"
            " POST /v1/webhooks/{id}/challenge. What happened meanwhile you get by a replay, or"
            " from the feed.\n"
        ),
    ),
    "zh-Hans": (
        "{partner}：一个 Webhook 端点已停用",
        (
            "端点\n\n    {endpoint}\n\n"
            "返回了 410（已不存在），因此不再向它发送任何内容。排队中的事件会保留。\n\n"
            "如果这是误会，请重新发起验证：POST /v1/webhooks/{id}/challenge。"
            "期间发生的事件可通过重放或事件流取得。\n"
        ),
    ),
    "zh-Hant": (
        "{partner}：一個 Webhook 端點已停用",
        (
            "端點\n\n    {endpoint}\n\n"
            "回應了 410（已不存在），因此不再向它傳送任何內容。排隊中的事件會保留。\n\n"
            "如果這是誤會，請重新發起驗證：POST /v1/webhooks/{id}/challenge。"
            "期間發生的事件可透過重播或事件流取得。\n"
        ),
    ),
}
_GIVEN_UP: Mapping[str, tuple[str, str]] = {
    "en": (
        "{partner}: webhook events could not be delivered",
        (
            "For 75 hours the endpoint\n\n    {endpoint}\n\n"
            "took an event in none of ten attempts; it was given up. You are told so at most once a"
            " day, however many follow.\n\n"
            "Once your server answers 2xx, get everything back:"
            " POST /v1/webhooks/{id}/retry, or read the feed. The log of deliveries says what your"
            " server answered.\n"
        ),
    ),
    "zh-Hans": (
        "{partner}：Webhook 事件未能送达",
        (
            "在 75 小时内，端点\n\n    {endpoint}\n\n"
            "十次尝试均未接收某个事件，系统已放弃。之后无论还有多少，每天最多通知您一次。\n\n"
            "服务器能返回 2xx 后，可取回全部事件：POST /v1/webhooks/{id}/retry，或读取事件流。"
            "投递日志中有您服务器的回应。\n"
        ),
    ),
    "zh-Hant": (
        "{partner}：Webhook 事件未能送達",
        (
            "在 75 小時內，端點\n\n    {endpoint}\n\n"
            "十次嘗試均未接收某個事件，系統已放棄。之後無論還有多少，每天最多通知您一次。\n\n"
            "伺服器能回應 2xx 後，可取回全部事件：POST /v1/webhooks/{id}/retry，或讀取事件流。"
            "投遞紀錄中有您伺服器的回應。\n"
        ),
    ),
}


def endpoint_gone(partner: str, endpoint: str, webhook_id: str, *, language: str) -> Letter:
    """Return the letter about an endpoint that answered 410."""
    return _letter(_GONE, partner, endpoint, webhook_id, language)


def events_given_up(partner: str, endpoint: str, webhook_id: str, *, language: str) -> Letter:
    """Return the letter about the first event of a day that was given up."""
    return _letter(_GIVEN_UP, partner, endpoint, webhook_id, language)


def _letter(
    words: Mapping[str, tuple[str, str]],
    partner: str,
    endpoint: str,
    webhook_id: str,
    language: str,
) -> Letter:
    subject, body = words[closest(language)]
    return Letter(subject.format(partner=partner), body.format(endpoint=endpoint, id=webhook_id))
