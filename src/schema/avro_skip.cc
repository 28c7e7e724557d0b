#include "schema/avro_steps.h"
#include "wire/avro_blocks.h"

namespace weir::schema {
namespace {

// Schemas can refer to themselves, and records then nest as deep as their bytes say.
constexpr int kDepthMax = 64;

void skip_sized(ByteReader& in) {
  in.raw(static_cast<uint64_t>(in.svarint()));
}

void skip_nested(avro_schema_t schema, int depth, ByteReader& in);

template <typename SkipItem>
void skip_blocks(ByteReader& in, SkipItem skip_item) {
  wire::AvroBlocks blocks(in);
  blocks.skip(0, skip_item);
  in = blocks.in();
}

void skip_record(avro_schema_t schema, int depth, ByteReader& in) {
  const size_t count = avro_schema_record_size(schema);
  for (size_t i = 0; i < count && in.ok(); ++i) {
    skip_nested(avro_schema_record_field_get_by_index(schema, static_cast<int>(i)), depth, in);
  }
}

void skip_union(avro_schema_t schema, int depth, ByteReader& in) {
  const auto branch = static_cast<uint64_t>(in.svarint());
  if (branch >= avro_schema_union_size(schema)) return in.fail();
  skip_nested(avro_schema_union_branch(schema, static_cast<int>(branch)), depth, in);
}

void skip_nested(avro_schema_t schema, int depth, ByteReader& in) {
  if (depth == kDepthMax) return in.fail();
  switch (avro_typeof(schema)) {
    case AVRO_NULL:
      return;
    case AVRO_BOOLEAN:
      in.u8();
      return;
    case AVRO_INT32:
    case AVRO_INT64:
    case AVRO_ENUM:
      in.varint();
      return;
    case AVRO_FLOAT:
      in.u32();
      return;
    case AVRO_DOUBLE:
      in.u64();
      return;
    case AVRO_STRING:
    case AVRO_BYTES:
      return skip_sized(in);
    case AVRO_FIXED:
      in.raw(static_cast<uint64_t>(avro_schema_fixed_size(schema)));
      return;
    case AVRO_ARRAY:
      return skip_blocks(
          in, [&](ByteReader& item) { skip_nested(avro_schema_array_items(schema), depth + 1, item); });
    case AVRO_MAP:
      return skip_blocks(in, [&](ByteReader& item) {
        skip_sized(item);
        skip_nested(avro_schema_map_values(schema), depth + 1, item);
      });
    case AVRO_RECORD:
      return skip_record(schema, depth + 1, in);
    case AVRO_UNION:
      return skip_union(schema, depth + 1, in);
    case AVRO_LINK:
      return skip_nested(avro_schema_link_target(schema), depth + 1, in);
    default:
      return in.fail();
  }
}

}  // namespace

void skip_value(avro_schema_t schema, ByteReader& in) {
  skip_nested(schema, 0, in);
}

}  // namespace weir::schema
