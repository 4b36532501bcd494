"""Who reads pages and finds fields."""

from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from shared.models.languages import language_codes


class EngineSettings(BaseModel):
    """A part of ``Settings``: times are seconds, sizes bytes."""

    ocr_engine: str = Field(
        default="auto", description="auto, fast, craft, exact, tesseract or easyocr (an extra)"
    )
    ocr_langs: str = Field(
        default="en,de,fr,es,pt,it,nl", description="languages of documents, best first"
    )
    ocr_model_dir: str = Field(
        default="", description="folder with EasyOCR's weights for more languages, if you have any"
    )
    llm_url: str = Field(
        default="", description="an OpenAI-compatible endpoint, such as http://host:8000/v1"
    )
    llm_model: str = Field(
        default="", validate_default=True, description="the name that the endpoint knows it by"
    )
    llm_api_key: SecretStr | None = None
    llm_timeout: float = Field(default=60.0, gt=0, le=100, description="for one answer")
    llm_concurrency: int = Field(default=4, ge=1, description="questions at a time, per process")
    llm_tokens_per_page: int = Field(default=2_000, ge=100, description="of a page's words")
    llm_tokens: int = Field(default=24_000, ge=100, description="of a document's words")
    llm_answer_tokens: int = Field(default=4_000, ge=100)
    llm_accuracy: float = Field(
        default=0.75, ge=0.5, le=0.98, description="how often its values are right, as measured"
    )
    vlm_url: str = Field(default="", description="the same for a model that sees pages")
    vlm_model: str = Field(default="", validate_default=True)
    vlm_api_key: SecretStr | None = None
    vlm_timeout: float = Field(default=90.0, gt=0, le=100)
    vlm_concurrency: int = Field(default=2, ge=1)
    vlm_accuracy: float = Field(default=0.75, ge=0.5, le=0.98)
    vlm_pages: int = Field(default=6, ge=1, le=50, description="pictures sent of a document")

    @field_validator("ocr_langs")
    @classmethod
    def _languages_are_known(cls, listed: str) -> str:
        language_codes(listed)
        return listed

    @field_validator("llm_url", "vlm_url")
    @classmethod
    def _endpoint_is_a_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("must be an http or https URL")
        if "@" in parts.netloc:
            raise ValueError("must hold no login: there is a setting for the key")
        return url

    @field_validator("llm_model", "vlm_model")
    @classmethod
    def _endpoint_has_a_model(cls, model: str, info: ValidationInfo) -> str:
        if not model and info.data.get(str(info.field_name).replace("_model", "_url")):
            raise ValueError("must name a model of the endpoint")
        return model
