#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::schema {

/// Rewrites Avro records from the schema they were written with to the one a reader expects: "Schema
/// Resolution" of the Avro 1.11 specification. The library parses and compares schemas; the records' bytes,
/// which may be hostile, are read here, because its readers trust them (a skipped array of nulls can count to
/// 2^63). Immutable; safe from any thread.
///
/// Ours: the one default that a field can have is an empty array, as weir.MetricBatch uses no other; an enum
/// symbol that the reader lacks becomes its first one; aliases are not followed; the reader's schema has no
/// union, map or fixed.
class SchemaResolver {
 public:
  /// Errors: kUnsupported, naming what the writer's schema lacks or has otherwise; kCorruption (not a
  /// schema).
  static Result<std::unique_ptr<const SchemaResolver>> create(std::string_view writer_schema,
                                                              std::string_view reader_schema);
  ~SchemaResolver();

  /// Both schemas give the same bytes: nothing needs to be rewritten.
  bool same() const;
  /// The record in the reader's schema, at most 8 times as long. kCorruption names the byte.
  Result<std::string> resolve(std::string_view record) const;

 private:
  struct Impl;
  explicit SchemaResolver(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace weir::schema
