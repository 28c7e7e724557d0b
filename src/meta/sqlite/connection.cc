#include "meta/sqlite/connection.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace weir::meta::sqlite {
namespace {

Error to_error(sqlite3* db, int code) {
  const char* text = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  std::string message = fmt::format("sqlite: {} (code {})", text, code);
  switch (code & 0xff) {  // the low byte is the primary code, the rest says where
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:  // by `stop_when`
      return deadline_exceeded(std::move(message));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return corruption(std::move(message));
    case SQLITE_NOMEM:
      return unavailable(std::move(message));
    default:
      return io_error(std::move(message));
  }
}

}  // namespace

Query::Query(Query&& other) noexcept
    : db_(other.db_),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_),
      bind_code_(other.bind_code_) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(int64_t value) {
  const int code = sqlite3_bind_int64(statement_, ++bound_, value);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
  return *this;
}

Query& Query::bind_text(std::string_view value) {
  const int code =
      sqlite3_bind_text64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
  return *this;
}

Query& Query::bind_blob(std::string_view value) {
  // A null pointer would bind NULL instead of an empty blob.
  const char* data = value.empty() ? "" : value.data();
  const int code = sqlite3_bind_blob64(statement_, ++bound_, data, value.size(), SQLITE_STATIC);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
  return *this;
}

Result<bool> Query::step() {
  if (bind_code_ != SQLITE_OK) return to_error(db_, bind_code_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return to_error(db_, code);
}

Status Query::run() {
  ASSIGN_OR_RETURN(const bool row, step());
  CHECK(!row, "run() is for statements without results");
  return {};
}

int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Query::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);  // before the size: it may convert the value
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string()
                         : std::string(static_cast<const char*>(data), static_cast<size_t>(size));
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path) {
  sqlite3* db = nullptr;
  // Our own gate admits one thread at a time, so SQLite's mutexes would only cost time.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  if (code != SQLITE_OK) {
    Error error = to_error(db, code);
    sqlite3_close(db);
    return error;
  }
  return std::make_unique<Connection>(path, db);
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

void Connection::set_busy_wait(os::milliseconds wait) {
  const int64_t max = std::numeric_limits<int>::max();
  sqlite3_busy_timeout(db_, static_cast<int>(std::min<int64_t>(wait.count(), max)));
}

void Connection::stop_when(std::function<bool()> stop) {
  constexpr int kStepsBetween = 10'000;  // of SQLite's virtual machine: well under a millisecond
  stop_ = std::move(stop);
  const auto asked = [](void* self) -> int { return static_cast<Connection*>(self)->stop_() ? 1 : 0; };
  sqlite3_progress_handler(db_, kStepsBetween, asked, this);
}

Status Connection::execute(const char* sql) {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return to_error(db_, code);
  return {};
}

Result<Query> Connection::query(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    const int code = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return to_error(db_, code);
  }
  return Query(db_, statement);
}

int64_t Connection::changes() const {
  return sqlite3_changes64(db_);
}

}  // namespace weir::meta::sqlite
