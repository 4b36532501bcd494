"""What an extraction is about: the document laid out, its type, and the fields to find."""

from dataclasses import dataclass

from services.extract.classify import UNKNOWN, classify
from services.extract.contract import ExtractRequest
from services.extract.einvoice import StatedInvoice, read_invoice
from services.extract.exact.zones import IDENTITY, zone_of
from services.extract.reading import Reading
from services.extract.schemas import GENERIC, built_in
from shared.models.extraction import TypeGuess
from shared.models.schema import Schema

_STATED = 0.995


@dataclass(frozen=True, slots=True)
class Subject:
    """``of_type`` is the schema of the document's type, ``schema`` has the fields to find.

    ``guess`` is ``None`` for a document of no known type, ``invoice`` what its XML states.
    """

    reading: Reading
    invoice: StatedInvoice | None
    guess: TypeGuess | None
    of_type: Schema
    schema: Schema


def subject_of(request: ExtractRequest) -> Subject:
    """The subject of a request: the same for the same request."""
    schemas = built_in() | {schema.name: schema for schema in request.schemas}
    reading = Reading(request.pages, request.region)
    invoice = read_invoice(request.embedded)
    guess = _type(request, reading, schemas, invoice)
    of_type = schemas.get(guess.name if guess else GENERIC, schemas[GENERIC])
    return Subject(reading, invoice, guess, of_type, request.ordered or of_type)


def _type(
    request: ExtractRequest,
    reading: Reading,
    schemas: dict[str, Schema],
    invoice: StatedInvoice | None,
) -> TypeGuess | None:
    if request.requested_type in schemas:
        return TypeGuess(name=request.requested_type, confidence=1.0)
    possible = {
        name: it for name, it in schemas.items() if not request.among or name in request.among
    }
    if invoice is not None and invoice.type_name in possible:
        return TypeGuess(name=invoice.type_name, confidence=_STATED)
    guess = classify(reading, possible)
    is_own = guess.name != UNKNOWN and guess.name not in built_in()
    if not is_own and IDENTITY in possible and zone_of(reading.sheet) is not None:
        return TypeGuess(name=IDENTITY, confidence=_STATED)
    if guess.name != UNKNOWN:
        return guess
    if len(possible) == 1:
        return TypeGuess(name=next(iter(possible)), confidence=round(1 - guess.confidence, 4))
    return None
