#include "schema/avro_record_codec.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/guarded.h"
#include "schema/confluent_frame.h"
#include "schema/schema_resolver.h"
#include "telemetry/logger.h"
#include "wire/metric_batch.h"

namespace weir::schema {
namespace {

class AvroRecordCodec final : public wire::RecordCodec {
 public:
  AvroRecordCodec(RegistryClient& registry, SchemaId id, os::Clock& clock)
      : registry_(registry), id_(id), clock_(clock) {}

  void encode(const Batch& batch, std::span<const uint32_t> series_indexes, std::string& out) const override {
    append_frame(id_, out);
    wire::encode_metric_batch(batch, series_indexes, out);
  }
  size_t bound(size_t labels_bytes, size_t sample_count, size_t further_bytes) const override {
    static_assert(kFrameBytes <= 8, "metric_batch_bound has room for the frame");
    return wire::metric_batch_bound(labels_bytes, sample_count, further_bytes);
  }
  size_t record_bytes_max() const override { return wire::kMetricBatchBytesMax; }

  Status decode(std::string_view payload, size_t decoded_bytes_max, Deadline deadline,
                Batch& batch) const override {
    ASSIGN_OR_RETURN(const Framed framed, read_frame(payload));
    if (framed.id == id_) return wire::decode_metric_batch(framed.body, decoded_bytes_max, batch);
    return decode_foreign(framed, decoded_bytes_max, deadline, batch)
        .context(fmt::format("record of schema id {}", framed.id.value()));
  }

 private:
  using ResolverPtr = std::shared_ptr<const SchemaResolver>;
  static constexpr size_t kResolversMax = 1'000;
  static constexpr size_t kUnknownMax = 1'000;
  static constexpr os::milliseconds kUnknownFor{10'000};

  Status decode_foreign(const Framed& framed, size_t decoded_bytes_max, Deadline deadline,
                        Batch& batch) const {
    ASSIGN_OR_RETURN(const ResolverPtr resolver, resolver_of(framed.id, deadline));
    if (resolver->same()) return wire::decode_metric_batch(framed.body, decoded_bytes_max, batch);
    ASSIGN_OR_RETURN(const std::string body, resolver->resolve(framed.body));
    return wire::decode_metric_batch(body, decoded_bytes_max, batch);
  }

  Result<ResolverPtr> resolver_of(SchemaId id, Deadline deadline) const {
    const auto find = [&](const std::map<SchemaId, ResolverPtr>& resolvers) {
      const auto found = resolvers.find(id);
      return found == resolvers.end() ? nullptr : found->second;
    };
    if (ResolverPtr known = resolvers_.with(find)) return known;
    ASSIGN_OR_RETURN(const std::string schema, schema_of(id, deadline));
    ASSIGN_OR_RETURN(ResolverPtr resolver, SchemaResolver::create(schema, wire::metric_batch_schema()));
    resolvers_.with([&](std::map<SchemaId, ResolverPtr>& resolvers) {
      if (resolvers.size() < kResolversMax) resolvers.emplace(id, resolver);
    });
    telemetry::log_info("schema", "records of another schema are resolved to this version's",
                        {{"schema_id", static_cast<uint64_t>(id.value())}});
    return resolver;
  }

  // Only an answer from the registry that there is no such id condemns the record. It holds for a while, so
  // that a topic full of strangers' records does not become as many questions.
  Result<std::string> schema_of(SchemaId id, Deadline deadline) const {
    if (is_unknown(id)) return corruption("schema registry: it did not have this id a moment ago");
    Result<std::string> schema = registry_.schema(id, deadline);
    if (schema.ok()) return schema;
    Error error = std::move(schema).error();
    switch (error.code) {
      case Code::kNotFound:
        keep_unknown(id);
        return corruption(std::move(error.message));
      case Code::kUnsupported:
      case Code::kDeadlineExceeded:
        return error;
      default:
        return unavailable(std::move(error.message));
    }
  }

  bool is_unknown(SchemaId id) const {
    return unknown_.with([&](const std::map<SchemaId, os::SteadyTime>& unknown) {
      const auto found = unknown.find(id);
      return found != unknown.end() && clock_.steady() < found->second;
    });
  }
  void keep_unknown(SchemaId id) const {
    unknown_.with([&](std::map<SchemaId, os::SteadyTime>& unknown) {
      if (unknown.size() == kUnknownMax) unknown.clear();
      unknown[id] = clock_.steady() + kUnknownFor;
    });
  }

  RegistryClient& registry_;
  const SchemaId id_;
  os::Clock& clock_;
  mutable Guarded<std::map<SchemaId, ResolverPtr>> resolvers_;
  mutable Guarded<std::map<SchemaId, os::SteadyTime>> unknown_;  // until when
};

// The registry says what is wrong, this what can be done.
Error with_advice(Error error) {
  if (error.code != Code::kFailedPrecondition) return error;
  return failed_precondition(
      error.message +
      ". Run the version of Weir that registered it, or a later one, or give this one a topic of its own");
}

}  // namespace

Result<std::unique_ptr<wire::RecordCodec>> open_avro_codec(RegistryClient& registry, std::string_view subject,
                                                           os::Clock& clock, Deadline deadline) {
  const std::string_view schema = wire::metric_batch_schema();
  RETURN_IF_ERROR(registry.require_backward(subject, deadline));
  const Status compatible = registry.check_compatible(subject, schema, deadline);
  if (!compatible.ok()) return with_advice(compatible.error());
  // Asks about all versions when the subject's level is a transitive one.
  const Result<SchemaId> id = registry.register_schema(subject, schema, deadline);
  if (!id.ok()) return with_advice(id.error());
  telemetry::log_info("schema", "the schema of log records is registered",
                      {{"subject", subject}, {"schema_id", static_cast<uint64_t>(id->value())}});
  return std::unique_ptr<wire::RecordCodec>(std::make_unique<AvroRecordCodec>(registry, *id, clock));
}

}  // namespace weir::schema
