"""What can be wrong with a prompt or its sound, and what to do about it."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import HuawuError


class SoundError(HuawuError):
    """A sound cannot become a prompt. The subclass' `code` is kept with the prompt."""

    code = "prompts.sound"
    status = 422
    text = _("This file cannot be used.")


class SoundEmptyError(SoundError):
    """Nothing was sent."""

    code = "prompts.empty"
    text = _("The file is empty. Choose another one.")


class SoundTooBigError(SoundError):
    """Over the limit of bytes."""

    code = "prompts.too_big"
    text = _("The file is larger than 20 MB. Save it as MP3, or shorten it.")


class SoundTooLongError(SoundError):
    """Over the limit of time."""

    code = "prompts.too_long"
    text = _("The sound is longer than 10 minutes. Shorten it.")


class SoundTypeError(SoundError):
    """Not a kind of file that is taken, whatever its name says."""

    code = "prompts.type"
    text = _("This is not a WAV, MP3, OGG or M4A file, whatever its name says.")


class SoundBrokenError(SoundError):
    """The right kind of file, but it cannot be decoded."""

    code = "prompts.broken"
    text = _("The file is damaged or holds no sound. Save it again, for example as WAV.")


class SoundSilentError(SoundError):
    """There is nothing to hear."""

    code = "prompts.silent"
    text = _("There is nothing to hear in it. Check the microphone and try again.")


class SoundTimeoutError(SoundError):
    """Converting took too long."""

    code = "prompts.timeout"
    text = _("Converting took too long and was stopped. Try a WAV or MP3 file.")


class SoundToolError(SoundError):
    """A program that converting needs is missing or failed."""

    code = "prompts.tool"
    text = _("The server could not convert the sound. Tell your operator.")


class TextError(SoundError):
    """There is no text to speak, or too much."""

    code = "prompts.text"
    text = _("Write what is to be said: 1 to 2,000 characters.")


class VoiceError(SoundError):
    """The voice did not answer, or not with a sound."""

    code = "prompts.voice"
    text = _("The voice for texts did not answer. Try again, or tell your operator.")


class PromptNameError(HuawuError):
    """Not a name for a prompt."""

    code = "prompts.name"
    status = 422
    text = _("Lower-case letters, digits, - and _, at most 80; a letter or digit first.")


class PromptNameTakenError(HuawuError):
    """The company has a prompt of this name."""

    code = "prompts.name_taken"
    status = 409
    text = _("There is a prompt of this name already.")


class PromptInUseError(HuawuError):
    """Somebody would hear nothing; `detail` says who uses it."""

    code = "prompts.in_use"
    status = 409
    text = _("This prompt is in use. Take it out of what uses it first.")


SOUND_ERRORS: dict[str, type[SoundError]] = {
    error.code: error
    for error in (
        SoundError,
        SoundEmptyError,
        SoundTooBigError,
        SoundTooLongError,
        SoundTypeError,
        SoundBrokenError,
        SoundSilentError,
        SoundTimeoutError,
        SoundToolError,
        TextError,
        VoiceError,
    )
}
"""By code, to say the reason again later."""
