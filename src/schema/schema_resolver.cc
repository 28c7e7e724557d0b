#include "schema/schema_resolver.h"

#include <fmt/format.h>

#include "schema/avro_steps.h"
#include "schema/empty_defaults.h"

namespace weir::schema {
namespace {

struct SchemaDeleter {
  void operator()(avro_obj_t* schema) const { avro_schema_decref(schema); }
};
using SchemaPtr = std::unique_ptr<avro_obj_t, SchemaDeleter>;

Result<SchemaPtr> parse(std::string_view json) {
  avro_schema_t schema = nullptr;
  if (avro_schema_from_json_length(json.data(), json.size(), &schema) != 0) {
    return unsupported(fmt::format("a schema that the Avro library does not take: {}", avro_strerror()));
  }
  return SchemaPtr(schema);
}

}  // namespace

struct SchemaResolver::Impl {
  SchemaPtr writer;
  SchemaPtr reader;
  bool same = false;
  Step step;
};

Result<std::unique_ptr<const SchemaResolver>> SchemaResolver::create(std::string_view writer_schema,
                                                                     std::string_view reader_schema) {
  auto impl = std::make_unique<Impl>();
  ASSIGN_OR_RETURN(impl->writer, parse(writer_schema));
  ASSIGN_OR_RETURN(impl->reader, parse(reader_schema));
  impl->same = avro_schema_equal(impl->writer.get(), impl->reader.get()) != 0;
  ASSIGN_OR_RETURN(impl->step, step_between(impl->writer.get(), impl->reader.get(),
                                            empty_defaults(reader_schema), "the record"));
  return std::unique_ptr<const SchemaResolver>(new SchemaResolver(std::move(impl)));
}

SchemaResolver::SchemaResolver(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
SchemaResolver::~SchemaResolver() = default;

bool SchemaResolver::same() const {
  return impl_->same;
}

Result<std::string> SchemaResolver::resolve(std::string_view record) const {
  ByteReader in(record);
  std::string out;
  impl_->step(in, out);
  if (!in.ok()) return corruption("the record is not of the schema it names");
  if (!in.at_end()) return corruption(fmt::format("bytes are left over at byte {}", in.position()));
  return out;
}

}  // namespace weir::schema
