#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/batch.h"
#include "wire/remote_write_extras.h"
#include "wire/remote_write_plain.h"
#include "wire/snappy_block.h"

namespace weir::wire {

/// Fills a batch with what a remote-write body holds, by the rules that both versions share and
/// `decode_remote_write` states. Who reads the body finds the parts and says where they lie; from here come
/// canonical labels, bounds, and the messages of what is refused. Lives for one body; owned by one thread.
/// Functions that are given the bytes of a message throw protozero::exception when they are none: the body
/// is damaged then.
class RemoteWriteBuilder {
 public:
  /// `message` is the decompressed body, with kCopySlack readable bytes behind it. All outlive the builder.
  RemoteWriteBuilder(std::string_view message, size_t decoded_bytes_max, Batch& batch)
      : message_(message), at_(message.data()), batch_(batch), items_left_(decoded_bytes_max / 8) {}

  /// The field that is being read begins here: messages name the place.
  void set_place(const char* at) { at_ = at; }
  /// kInvalidArgument with the place.
  Error fail(std::string_view what) const;
  /// kResourceExhausted with the place.
  Error too_large(std::string_view what) const;

  /// What a body may still have of series, samples and whatever counts as one. False, or
  /// kResourceExhausted, and nothing is taken, when that is less than `items`.
  bool try_take_items(size_t items) {
    if (items > items_left_) return false;
    items_left_ -= items;
    return true;
  }
  Status take_items(size_t items);
  size_t items_left() const { return items_left_; }

  /// A buffer for canonical labels of so many bytes, with the slack behind them; it lives until the next
  /// call. `begin_series` and `add_exemplar` write into it, and need that their labels have room.
  char* room(size_t bytes) {
    if (canonical_.size() < bytes + kCopySlack) canonical_.resize(bytes + kCopySlack);
    return canonical_.data();
  }
  size_t room_bytes() const { return canonical_.size(); }

  /// Begins a series with labels as they were sent: in any order, empty values among them; they are left in
  /// canonical order. kInvalidArgument for empty and repeated names, and what is not UTF-8.
  Status begin_series(std::vector<Label>& labels);

  /// These add to the series begun last. An invalid histogram or exemplar is told of, and no error.
  void add_sample(std::string_view message);
  /// kResourceExhausted, when it has more bytes than the body may have.
  Status add_histogram(std::string_view message);
  /// `fault` says what is wrong with it, if anything is; `labels` are canonical.
  void add_exemplar(std::optional<ExemplarFault> fault, const std::vector<Label>& labels, Exemplar exemplar);

  /// `fault` says what is wrong with it, if anything is. False when it is left out.
  bool add_metadata(std::optional<MetadataFault> fault, const MetricMetadata& metadata);

  Batch& batch() { return batch_; }
  const RemoteWriteExtras& extras() const { return extras_; }
  RemoteWriteExtras take_extras() { return std::move(extras_); }

 private:
  static bool is_canonical(const std::vector<Label>& labels);
  Status make_canonical(std::vector<Label>& labels) const;
  Status check_utf8(const std::vector<Label>& labels) const;
  std::string_view canonical_bytes(const std::vector<Label>& labels);
  void refuse_histogram(std::string_view why);
  std::string where() const;

  std::string_view message_;
  const char* at_;
  Batch& batch_;
  size_t items_left_;
  RemoteWriteExtras extras_;
  std::string canonical_;
};

/// Decompresses a body and has a `Decoder` of its version read the message. Nothing of a body that fails is
/// kept: `batch` is left as it was.
template <typename Decoder>
Result<RemoteWriteExtras> decode_remote_write_body(std::string_view body, size_t decoded_bytes_max,
                                                   std::string& scratch, Batch& batch) {
  ASSIGN_OR_RETURN(const std::string_view message,
                   snappy_decode(body, decoded_bytes_max, kCopySlack, scratch).context("remote write"));
  const Batch::Mark mark = batch.mark();
  Result<RemoteWriteExtras> extras = Decoder(message, decoded_bytes_max, batch).decode();
  if (!extras.ok()) batch.rewind(mark);
  return extras;
}

}  // namespace weir::wire
