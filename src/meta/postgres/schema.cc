#include "meta/postgres/schema.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::meta::postgres {
namespace {

constexpr size_t kSchemaNameMax = 40;

// Names sort by bytes, as they do in SQLite, hence the collation. Identity columns take ids from a sequence,
// which never gives one out again. `document.version` is the kind's revision at the change, and a revision is
// never given out twice, so a version cannot repeat after its document was erased. A released lease keeps its
// row, with an empty holder, for the sake of its epoch; a holder may be any bytes.
constexpr pg::Migration kMigrations[] = {
    {.number = 1, .name = "tenants, documents, leases", .sql = R"sql(
      CREATE TABLE tenant (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text COLLATE "C" NOT NULL UNIQUE,
        created_ms bigint NOT NULL
      );
      CREATE TABLE document (
        tenant bigint NOT NULL,
        kind text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        body bytea NOT NULL,
        version bigint NOT NULL,
        updated_ms bigint NOT NULL,
        PRIMARY KEY (tenant, kind, key)
      );
      CREATE TABLE revision (
        kind text COLLATE "C" PRIMARY KEY,
        revision bigint NOT NULL
      );
      CREATE TABLE lease (
        name text COLLATE "C" PRIMARY KEY,
        holder bytea NOT NULL,
        epoch bigint NOT NULL,
        expires_ms bigint NOT NULL
      );
    )sql"},
};

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::span<const pg::Migration> migrations() {
  return kMigrations;
}

Status validate_schema_name(std::string_view schema) {
  const bool is_good = !schema.empty() && schema.size() <= kSchemaNameMax &&
                       !(schema[0] >= '0' && schema[0] <= '9') &&
                       std::all_of(schema.begin(), schema.end(), is_plain);
  if (is_good) return {};
  return invalid_argument(
      fmt::format("catalogue schema: 1 to {} of a-z 0-9 _, not beginning with a digit", kSchemaNameMax));
}

// IF NOT EXISTS would ask for the right to create schemas also where there is nothing to create, and lets two
// processes collide.
std::string schema_sql(std::string_view schema) {
  return fmt::format(
      "BEGIN; SELECT pg_advisory_xact_lock(hashtext('weir schema'));"
      "DO $$ BEGIN IF to_regnamespace('{0}') IS NULL THEN CREATE SCHEMA \"{0}\"; END IF; END $$; COMMIT",
      schema);
}

std::string session_sql(std::string_view schema) {
  return fmt::format(
      "SET search_path TO \"{}\";"
      "DO $$ BEGIN IF current_setting('synchronous_commit') = 'off' THEN"
      " PERFORM set_config('synchronous_commit', 'on', false); END IF; END $$",
      schema);
}

std::string channel(std::string_view schema) {
  return fmt::format("{}_changes", schema);
}

}  // namespace weir::meta::postgres
