#pragma once

#include <string>
#include <string_view>

#include "model/labels.h"

/// Label bytes as PostgreSQL takes them: its text is UTF-8 without NUL.
namespace weir::store::timescale {

/// The bytes themselves wherever they are such text. Otherwise `\x01` and their hexadecimal digits, as also
/// for bytes that begin with `\x01`, so that different bytes have different texts.
std::string text_form(std::string_view bytes);
/// The inverse of `text_form`.
std::string bytes_of(std::string_view text);

/// `{"__name__": "up", ...}` of text forms, for jsonb.
std::string json_of(LabelsView labels);

}  // namespace weir::store::timescale
