#include "redis/reply_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace weir::redis {

struct ReplyReader::Parser {
  explicit Parser(uint64_t limit) : bytes_max(limit) {}

  // Where hiredis' task puts its value: the root, or its place in the array around it.
  Reply* target(const redisReadTask* task) {
    if (task->parent == nullptr) return &outcome.reply;
    return &static_cast<Reply*>(task->parent->obj)->items[static_cast<size_t>(task->idx)];
  }
  Error too_large() const {
    return resource_exhausted(fmt::format("reply exceeds the limit of {} bytes", bytes_max));
  }

  const uint64_t bytes_max;
  uint64_t bytes = 0;  // of the reply under way: received, and memory of its arrays
  bool is_too_large = false;
  Outcome outcome;
  std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader{nullptr, &redisReaderFree};
};

namespace {

// hiredis calls these as it meets values; what they return becomes the parent of array items. Nothing is
// owned through these pointers, so freeing does nothing.
template <typename Parser>
struct Callbacks {
  static Parser& parser(const redisReadTask* task) { return *static_cast<Parser*>(task->privdata); }

  static void* create_string(const redisReadTask* task, char* text, size_t size) {
    Reply* reply = parser(task).target(task);
    if (task->type == REDIS_REPLY_ERROR) {
      if (!parser(task).outcome.error) parser(task).outcome.error.emplace(text, size);
      return reply;
    }
    reply->kind = Reply::Kind::kText;
    reply->text.assign(text, size);
    return reply;
  }
  static void* create_array(const redisReadTask* task, int size) {
    Parser& self = parser(task);
    const uint64_t cost = static_cast<uint64_t>(size) * sizeof(Reply);
    if (cost > self.bytes_max - std::min(self.bytes, self.bytes_max)) {
      self.is_too_large = true;
      return nullptr;  // hiredis gives the stream up
    }
    self.bytes += cost;
    Reply* reply = self.target(task);
    reply->kind = Reply::Kind::kArray;
    reply->items.resize(static_cast<size_t>(size));
    return reply;
  }
  static void* create_integer(const redisReadTask* task, long long value) {
    Reply* reply = parser(task).target(task);
    reply->kind = Reply::Kind::kInteger;
    reply->integer = value;
    return reply;
  }
  static void* create_nil(const redisReadTask* task) { return parser(task).target(task); }
  static void free_object(void*) {}

  static redisReplyObjectFunctions* table() {
    static redisReplyObjectFunctions functions{create_string, create_array, create_integer, create_nil,
                                               free_object};
    return &functions;
  }
};

}  // namespace

ReplyReader::ReplyReader(uint64_t reply_bytes_max) : parser_(std::make_unique<Parser>(reply_bytes_max)) {
  parser_->reader.reset(redisReaderCreateWithFunctions(Callbacks<Parser>::table()));
  CHECK(parser_->reader != nullptr, "memory for a RESP reader");
  parser_->reader->privdata = parser_.get();  // hiredis' macro for it is no C++
}

ReplyReader::~ReplyReader() = default;

Status ReplyReader::feed(std::string_view bytes) {
  parser_->bytes += bytes.size();
  if (parser_->bytes > parser_->bytes_max) return parser_->too_large();
  if (redisReaderFeed(parser_->reader.get(), bytes.data(), bytes.size()) == REDIS_OK) return {};
  return unavailable(fmt::format("broken stream: {}", redisReaderGetError(parser_->reader.get())));
}

Result<std::optional<ReplyReader::Outcome>> ReplyReader::next() {
  void* root = nullptr;
  if (redisReaderGetReply(parser_->reader.get(), &root) != REDIS_OK) {
    if (parser_->is_too_large) return parser_->too_large();
    return unavailable(fmt::format("broken stream: {}", redisReaderGetError(parser_->reader.get())));
  }
  if (root == nullptr) return std::optional<Outcome>();
  parser_->bytes = 0;
  return std::optional<Outcome>(std::exchange(parser_->outcome, Outcome{}));
}

bool ReplyReader::is_empty() const {
  return parser_->reader->pos == parser_->reader->len;
}

}  // namespace weir::redis
