#include "collect/parsers.h"
#include "collect/text_fields.h"

namespace weir::collect {

Status parse_file_nr(std::string_view text, SampleSink& sink) {
  std::string_view fields = text;
  const std::optional<double> allocated = next_number(fields);
  next_field(fields);  // free ones: always 0 since Linux 2.6
  const std::optional<double> maximum = next_number(fields);
  if (!allocated || !maximum) return malformed("file-nr", "three numbers", text);
  sink.add("node_filefd_allocated", *allocated);
  sink.add("node_filefd_maximum", *maximum);
  return ok_status();
}

}  // namespace weir::collect
