#include "schema/avro_steps.h"

#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "wire/avro_blocks.h"

namespace weir::schema {
namespace {

avro_schema_t target_of(avro_schema_t schema) {
  while (avro_typeof(schema) == AVRO_LINK) schema = avro_schema_link_target(schema);
  return schema;
}

bool is_integer(avro_schema_t schema) {
  return avro_typeof(schema) == AVRO_INT32 || avro_typeof(schema) == AVRO_INT64;
}

Error mismatch(const std::string& place, avro_schema_t writer, avro_schema_t reader) {
  return unsupported(fmt::format("the writer's schema has {} as {}, not {}", place,
                                 avro_schema_type_name(writer), avro_schema_type_name(reader)));
}

void copy_int(ByteReader& in, std::string& out) {
  const int64_t value = in.svarint();
  if (value != static_cast<int32_t>(value)) return in.fail();
  ByteWriter(out).svarint(value);
}

void copy_long(ByteReader& in, std::string& out) {
  ByteWriter(out).svarint(in.svarint());
}

void copy_text(ByteReader& in, std::string& out) {
  const std::string_view text = in.raw(static_cast<uint64_t>(in.svarint()));
  ByteWriter writer(out);
  writer.svarint(static_cast<int64_t>(text.size()));
  writer.raw(text);
}

Result<Step> double_step(avro_schema_t writer, avro_schema_t reader, const std::string& place) {
  switch (avro_typeof(writer)) {
    case AVRO_DOUBLE:
      return Step([](ByteReader& in, std::string& out) { ByteWriter(out).u64(in.u64()); });
    case AVRO_FLOAT:
      return Step([](ByteReader& in, std::string& out) {
        ByteWriter(out).f64(static_cast<double>(std::bit_cast<float>(in.u32())));
      });
    case AVRO_INT32:
    case AVRO_INT64:
      return Step(
          [](ByteReader& in, std::string& out) { ByteWriter(out).f64(static_cast<double>(in.svarint())); });
    default:
      return mismatch(place, writer, reader);
  }
}

Result<Step> array_step(avro_schema_t writer, avro_schema_t reader, const FieldNames& empty_defaults,
                        const std::string& place) {
  if (avro_typeof(writer) != AVRO_ARRAY) return mismatch(place, writer, reader);
  ASSIGN_OR_RETURN(Step item, step_between(avro_schema_array_items(writer), avro_schema_array_items(reader),
                                           empty_defaults, place));
  return Step([item = std::move(item)](ByteReader& in, std::string& out) {
    wire::AvroBlocks blocks(in);
    std::string items;
    int64_t count = 0;
    for (; blocks.ok() && blocks.next(); ++count) item(blocks.in(), items);
    in = blocks.in();
    ByteWriter writer_out(out);
    if (count != 0) writer_out.svarint(count);
    writer_out.raw(items);
    if (count != 0) writer_out.u8(0);
  });
}

Result<Step> enum_step(avro_schema_t writer, avro_schema_t reader, const std::string& place) {
  if (avro_typeof(writer) != AVRO_ENUM) return mismatch(place, writer, reader);
  std::vector<int64_t> symbols;
  for (int i = 0; i < avro_schema_enum_number_of_symbols(writer); ++i) {
    const int same = avro_schema_enum_get_by_name(reader, avro_schema_enum_get(writer, i));
    symbols.push_back(same < 0 ? 0 : same);
  }
  return Step([symbols = std::move(symbols)](ByteReader& in, std::string& out) {
    const auto symbol = static_cast<uint64_t>(in.svarint());
    if (symbol >= symbols.size()) return in.fail();
    ByteWriter(out).svarint(symbols[symbol]);
  });
}

/// A field of the writer's record: what becomes of it.
struct WriterField {
  size_t reader_index = 0;
  Step step;  // empty: `skipped` is passed over
  avro_schema_t skipped = nullptr;
};

Result<Step> record_of_fields(std::vector<WriterField> fields, size_t reader_count) {
  return Step([fields = std::move(fields), reader_count](ByteReader& in, std::string& out) {
    // In the writer's order, and then in the reader's.
    std::vector<std::string> values(reader_count);
    for (const WriterField& field : fields) {
      if (!in.ok()) return;
      if (field.step) {
        field.step(in, values[field.reader_index]);
      } else {
        skip_value(field.skipped, in);
      }
    }
    for (const std::string& value : values) out += value.empty() ? std::string_view("\0", 1) : value;
  });
}

// A field that the writer lacks stays without a value, which is then an empty array.
Result<Step> record_step(avro_schema_t writer, avro_schema_t reader, const FieldNames& empty_defaults,
                         const std::string& place) {
  if (avro_typeof(writer) != AVRO_RECORD) return mismatch(place, writer, reader);
  if (std::strcmp(avro_schema_name(writer), avro_schema_name(reader)) != 0) {
    return unsupported(fmt::format("the writer's schema has {} as the record {}, not {}", place,
                                   avro_schema_name(writer), avro_schema_name(reader)));
  }
  std::vector<WriterField> fields;
  for (int i = 0; i < static_cast<int>(avro_schema_record_size(writer)); ++i) {
    const char* name = avro_schema_record_field_name(writer, i);
    const avro_schema_t schema = avro_schema_record_field_get_by_index(writer, i);
    WriterField& field = fields.emplace_back();
    const int index = avro_schema_record_field_get_index(reader, name);
    if (index < 0) {
      field.skipped = schema;
      continue;
    }
    field.reader_index = static_cast<size_t>(index);
    const avro_schema_t expected = avro_schema_record_field_get_by_index(reader, index);
    ASSIGN_OR_RETURN(field.step, step_between(schema, expected, empty_defaults, place + "." + name));
  }
  const size_t reader_count = avro_schema_record_size(reader);
  for (int i = 0; i < static_cast<int>(reader_count); ++i) {
    const char* name = avro_schema_record_field_name(reader, i);
    if (avro_schema_record_field_get_index(writer, name) >= 0) continue;
    if (!empty_defaults.contains(fmt::format("{}.{}", avro_schema_name(reader), name))) {
      return unsupported(fmt::format("the writer's schema lacks {}.{}", place, name));
    }
  }
  return record_of_fields(std::move(fields), reader_count);
}

// Of a union of the writer, those branches that the reader can take; a value of another one is damage.
Result<Step> union_step(avro_schema_t writer, avro_schema_t reader, const FieldNames& empty_defaults,
                        const std::string& place) {
  std::vector<Step> branches;
  bool any = false;
  for (int i = 0; i < static_cast<int>(avro_schema_union_size(writer)); ++i) {
    Result<Step> branch = step_between(avro_schema_union_branch(writer, i), reader, empty_defaults, place);
    any = any || branch.ok();
    branches.push_back(branch.ok() ? std::move(branch).value()
                                   : Step([](ByteReader& in, std::string&) { in.fail(); }));
  }
  if (!any) return mismatch(place, writer, reader);
  return Step([branches = std::move(branches)](ByteReader& in, std::string& out) {
    const auto branch = static_cast<uint64_t>(in.svarint());
    if (branch >= branches.size()) return in.fail();
    branches[branch](in, out);
  });
}

}  // namespace

Result<Step> step_between(avro_schema_t linked_writer, avro_schema_t linked_reader,
                          const FieldNames& empty_defaults, const std::string& place) {
  const avro_schema_t writer = target_of(linked_writer);
  const avro_schema_t reader = target_of(linked_reader);
  if (avro_typeof(writer) == AVRO_UNION) return union_step(writer, reader, empty_defaults, place);
  switch (avro_typeof(reader)) {
    case AVRO_INT32:
      return avro_typeof(writer) == AVRO_INT32 ? Result<Step>(Step(copy_int))
                                               : mismatch(place, writer, reader);
    case AVRO_INT64:
      return is_integer(writer) ? Result<Step>(Step(copy_long)) : mismatch(place, writer, reader);
    case AVRO_DOUBLE:
      return double_step(writer, reader, place);
    case AVRO_STRING:
      if (avro_typeof(writer) != AVRO_STRING && avro_typeof(writer) != AVRO_BYTES) break;
      return Step(copy_text);
    case AVRO_ENUM:
      return enum_step(writer, reader, place);
    case AVRO_ARRAY:
      return array_step(writer, reader, empty_defaults, place);
    case AVRO_RECORD:
      return record_step(writer, reader, empty_defaults, place);
    default:
      break;
  }
  return mismatch(place, writer, reader);
}

}  // namespace weir::schema
