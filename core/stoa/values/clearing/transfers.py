"""Transfers: what the operator pays out, as the file that banks take (ISO 20022 pain.001.001.09).

One file asks one account to pay many: a group header with the number and the sum of all, one
payment information block, one credit transfer each. Its bytes follow from what is given alone.
Names and texts keep to the lengths of the standard, references to the letters that every bank
passes on (EPC132-08 §1.4): what can't be said is written as a full stop, never sent to be refused.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

from stoa.values.amounts import minor_exponent

__all__ = ["Account", "Transfer", "account_fault", "is_iban", "pain001"]

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_OTHER = re.compile(r"[A-Za-z0-9/ -]{1,34}")
_UNFIT = re.compile(r"[^A-Za-z0-9/?:().,'+ -]")
_NAME, _ID, _TEXT = 140, 35, 140
_CONTROLS = "C"


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a bank: an IBAN, or any other number; `bic` may be empty (ISO 9362)."""

    name: str
    number: str
    bic: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment: `reference` comes back on the bank's statement, `text` is read by people."""

    reference: str
    to: Account
    minor: int
    text: str


def is_iban(number: str) -> bool:
    """Tell whether a number is an IBAN with right check digits (ISO 13616, ISO 7064 MOD 97-10)."""
    plain = number.replace(" ", "").upper()
    if not _IBAN.fullmatch(plain):
        return False
    digits = "".join(str(int(each, 36)) for each in plain[4:] + plain[:4])
    return int(digits) % 97 == 1


def account_fault(account: Account) -> str:
    """Return what is wrong with an account, empty where nothing is.

    A number that begins like an IBAN has to be one.
    """
    plain = account.number.replace(" ", "").upper()
    if _IBAN.fullmatch(plain) and not is_iban(plain):
        return "The check digits of this IBAN are wrong."
    if not _OTHER.fullmatch(account.number):
        return "Write an IBAN or an account number of at most 34 letters and digits."
    if account.bic and not _BIC.fullmatch(account.bic):
        return "A BIC has 8 or 11 letters and digits."
    return ""


def pain001(
    message_id: str,
    *,
    at: datetime,
    execute_on: date,
    payer: Account,
    currency: str,
    transfers: Sequence[Transfer],
) -> bytes:
    """Return the file that asks a bank to pay.

    Args:
        message_id: at most 35 characters, never used before towards this bank.
        at: aware; when the file was asked for.
        currency: ISO 4217, of every transfer.

    Raises:
        ValueError: there is nothing to pay, an amount is not above zero, an account is wrong, or a
            reference stands twice.
    """
    _check(payer, transfers)
    total = sum(each.minor for each in transfers)
    ET.register_namespace("", _NAMESPACE)
    root = ET.Element(_tag("Document"))
    order = _add(root, "CstmrCdtTrfInitn")
    head = _add(order, "GrpHdr")
    _add(head, "MsgId", _fit(message_id, _ID))
    _add(head, "CreDtTm", at.isoformat(timespec="seconds"))
    _add(head, "NbOfTxs", str(len(transfers)))
    _add(head, "CtrlSum", _amount(total, currency))
    _add(_add(head, "InitgPty"), "Nm", _words(payer.name, _NAME))
    block = _add(order, "PmtInf")
    _add(block, "PmtInfId", _fit(message_id, _ID))
    _add(block, "PmtMtd", "TRF")
    _add(block, "NbOfTxs", str(len(transfers)))
    _add(block, "CtrlSum", _amount(total, currency))
    _add(_add(block, "ReqdExctnDt"), "Dt", execute_on.isoformat())
    _party(block, "Dbtr", payer)
    _bank(block, "DbtrAgt", payer)
    for each in transfers:
        one = _add(block, "CdtTrfTxInf")
        ids = _add(one, "PmtId")
        _add(ids, "InstrId", _fit(each.reference, _ID))
        _add(ids, "EndToEndId", _fit(each.reference, _ID))
        paid = _add(_add(one, "Amt"), "InstdAmt", _amount(each.minor, currency))
        paid.set("Ccy", currency)
        _bank(one, "CdtrAgt", each.to)
        _party(one, "Cdtr", each.to)
        _add(_add(one, "RmtInf"), "Ustrd", _words(each.text, _TEXT))
    ET.indent(root)
    file: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return file + b"\n"


def _check(payer: Account, transfers: Sequence[Transfer]) -> None:
    faults = [account_fault(each) for each in (payer, *(one.to for one in transfers))]
    references = [_fit(each.reference, _ID) for each in transfers]
    if not transfers:
        message = "there is nothing to pay"
    elif any(each.minor <= 0 for each in transfers):
        message = "a transfer is above zero"
    elif any(faults):
        message = next(fault for fault in faults if fault)
    elif len(set(references)) != len(references):
        message = "a reference stands twice"
    else:
        return
    raise ValueError(message)


def _party(parent: ET.Element, name: str, account: Account) -> None:
    _add(_add(parent, name), "Nm", _words(account.name, _NAME))
    plain = account.number.replace(" ", "").upper()
    number = _add(_add(parent, f"{name}Acct"), "Id")
    if is_iban(plain):
        _add(number, "IBAN", plain)
    else:
        _add(_add(number, "Othr"), "Id", account.number)


def _bank(parent: ET.Element, name: str, account: Account) -> None:
    bank = _add(_add(parent, name), "FinInstnId")
    if account.bic:
        _add(bank, "BICFI", account.bic)
    else:
        _add(_add(bank, "Othr"), "Id", "NOTPROVIDED")


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, _tag(name))
    element.text = text
    return element


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _amount(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-minor_exponent(currency)):f}"


def _words(text: str, most: int) -> str:
    """Return text in any script, without what XML can't carry."""
    kept = (each if unicodedata.category(each)[0] != _CONTROLS else " " for each in text)
    return " ".join("".join(kept).split())[:most].strip() or "."


def _fit(text: str, most: int) -> str:
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return _UNFIT.sub(".", " ".join(plain.split()))[:most].strip() or "."
