#pragma once

#include <bit>
#include <memory>
#include <string>
#include <string_view>

#include <avro.h>

#include "base/check.h"
#include "model/batch.h"
#include "wire/metric_batch.h"

/// The same record by Apache's library, as other tools read and write it: the judge of our codec, and what it
/// is measured against.
namespace weir::wire::avro_c {

/// Encodes and decodes weir.MetricBatch with avro-c. One thread.
class AvroLibrary {
 public:
  AvroLibrary() {
    const std::string_view text = metric_batch_schema();
    avro_schema_t schema = nullptr;
    check(avro_schema_from_json_length(text.data(), text.size(), &schema));
    schema_.reset(schema);
    iface_.reset(avro_generic_class_from_schema(schema));
    check(avro_generic_value_new(iface_.get(), &value_));
  }
  ~AvroLibrary() { avro_value_decref(&value_); }
  AvroLibrary(const AvroLibrary&) = delete;
  AvroLibrary& operator=(const AvroLibrary&) = delete;

  std::string encode(const Batch& batch) {
    fill(batch);
    return write();
  }
  /// The batch; every byte must have been read.
  Batch decode(std::string_view bytes) {
    read(bytes);
    return batch();
  }

  /// The halves of these, for benchmarks: between bytes and the library's own tree of values.
  std::string write() {
    size_t size = 0;
    check(avro_value_sizeof(&value_, &size));
    std::string out(size, '\0');
    const std::unique_ptr<avro_writer_t_, WriterDeleter> writer(
        avro_writer_memory(out.data(), static_cast<int64_t>(out.size())));
    check(avro_value_write(writer.get(), &value_));
    return out;
  }
  void read(std::string_view bytes) {
    const std::unique_ptr<avro_reader_t_, ReaderDeleter> reader(
        avro_reader_memory(bytes.data(), static_cast<int64_t>(bytes.size())));
    check(avro_value_read(reader.get(), &value_));
    char more = 0;
    CHECK(avro_read(reader.get(), &more, 1) != 0, "the record ends where the library's reader ends");
  }
  void fill(const Batch& batch) {
    avro_value_reset(&value_);
    TimestampMs last_ms = 0;
    for (const Batch::Series& series : batch.series()) add(batch, series, last_ms);
    for (size_t i = 0; i < batch.series_count(); ++i) {
      const Batch::Series& series = batch.series()[i];
      for (size_t k = 0; k < series.histogram_count; ++k)
        add_histogram(i, batch.histogram_times_ms(series)[k], batch.histograms(series)[k]);
      for (size_t k = 0; k < series.exemplar_count; ++k) add_exemplar(i, batch.exemplar(series, k));
    }
  }
  Batch batch() {
    Batch batch;
    size_t sample = 0;
    size_t histogram = 0;
    size_t exemplar = 0;
    TimestampMs time_ms = 0;
    const avro_value_t all = field(value_, "series");
    for (size_t i = 0; i < size_of(all); ++i) {
      const avro_value_t series = item(all, i);
      batch.begin_series(labels(series).view().bytes());
      int32_t count = 0;
      const avro_value_t count_field = field(series, "sample_count");
      check(avro_value_get_int(&count_field, &count));
      for (; count > 0; --count, ++sample) add_sample(sample, time_ms, batch);
      for (; is_of("native_histograms", i, histogram); ++histogram) read_histogram(histogram, batch);
      for (; is_of("exemplars", i, exemplar); ++exemplar) read_exemplar(exemplar, batch);
    }
    return batch;
  }

 private:
  struct SchemaDeleter {
    void operator()(avro_obj_t* schema) const { avro_schema_decref(schema); }
  };
  struct ReaderDeleter {
    void operator()(avro_reader_t_* reader) const { avro_reader_free(reader); }
  };
  struct WriterDeleter {
    void operator()(avro_writer_t_* writer) const { avro_writer_free(writer); }
  };
  struct ClassDeleter {
    void operator()(avro_value_iface_t* iface) const { avro_value_iface_decref(iface); }
  };

  static void check(int code) { CHECK(code == 0, avro_strerror()); }
  static avro_value_t field(const avro_value_t& record, const char* name) {
    avro_value_t found;
    check(avro_value_get_by_name(&record, name, &found, nullptr));
    return found;
  }
  static avro_value_t item(const avro_value_t& array, size_t index) {
    avro_value_t found;
    check(avro_value_get_by_index(&array, index, &found, nullptr));
    return found;
  }
  static avro_value_t append(const avro_value_t& array) {
    avro_value_t added;
    avro_value_t copy = array;
    check(avro_value_append(&copy, &added, nullptr));
    return added;
  }
  static size_t size_of(const avro_value_t& array) {
    size_t size = 0;
    check(avro_value_get_size(&array, &size));
    return size;
  }

  void add(const Batch& batch, const Batch::Series& series, TimestampMs& last_ms) {
    const avro_value_t added = append(field(value_, "series"));
    for (const Label& label : batch.labels(series)) {
      add_ref(field(added, "label_refs"), label.name);
      add_ref(field(added, "label_refs"), label.value);
    }
    avro_value_t count = field(added, "sample_count");
    check(avro_value_set_int(&count, static_cast<int32_t>(series.sample_count)));
    for (size_t i = 0; i < series.sample_count; ++i) {
      avro_value_t delta = append(field(value_, "timestamp_deltas_ms"));
      const TimestampMs time_ms = batch.timestamps_ms(series)[i];
      check(avro_value_set_long(
          &delta, static_cast<int64_t>(static_cast<uint64_t>(time_ms) - static_cast<uint64_t>(last_ms))));
      last_ms = time_ms;
      avro_value_t value = append(field(value_, "values"));
      check(avro_value_set_double(&value, batch.values(series)[i]));
    }
  }

  // Every text anew, which the format allows and makes this the larger half of what readers must take.
  void add_ref(const avro_value_t& refs, std::string_view text) {
    const avro_value_t symbols = field(value_, "symbols");
    const auto ref = static_cast<int32_t>(size_of(symbols));
    avro_value_t symbol = append(symbols);
    std::string terminated(text);
    check(avro_value_set_string_len(&symbol, terminated.data(), terminated.size() + 1));
    avro_value_t added = append(refs);
    check(avro_value_set_int(&added, ref));
  }

  Labels labels(const avro_value_t& series) {
    const avro_value_t refs = field(series, "label_refs");
    std::vector<Label> found;
    for (size_t i = 0; i + 1 < size_of(refs); i += 2) found.push_back({text(refs, i), text(refs, i + 1)});
    return Labels::from(found).value();
  }

  std::string_view text(const avro_value_t& refs, size_t index) {
    int32_t ref = 0;
    const avro_value_t ref_value = item(refs, index);
    check(avro_value_get_int(&ref_value, &ref));
    const avro_value_t symbol = item(field(value_, "symbols"), static_cast<size_t>(ref));
    const char* data = nullptr;
    size_t size = 0;
    check(avro_value_get_string(&symbol, &data, &size));
    return {data, size - 1};
  }

  void add_sample(size_t index, TimestampMs& time_ms, Batch& batch) {
    const avro_value_t delta_value = item(field(value_, "timestamp_deltas_ms"), index);
    const avro_value_t value_value = item(field(value_, "values"), index);
    int64_t delta = 0;
    double value = 0;
    check(avro_value_get_long(&delta_value, &delta));
    check(avro_value_get_double(&value_value, &value));
    time_ms = static_cast<TimestampMs>(static_cast<uint64_t>(time_ms) + static_cast<uint64_t>(delta));
    batch.add_sample(time_ms, value);
  }

  void add_histogram(size_t series_index, TimestampMs timestamp_ms, const Histogram& histogram) {
    const avro_value_t added = append(field(value_, "native_histograms"));
    set_int(field(added, "series_index"), static_cast<int32_t>(series_index));
    avro_value_t time = field(added, "timestamp_ms");
    check(avro_value_set_long(&time, timestamp_ms));
    avro_value_t hint = field(added, "counter_reset");
    check(avro_value_set_enum(&hint, static_cast<int>(histogram.reset_hint)));
    set_int(field(added, "schema"), histogram.layout.schema);
    set_double(field(added, "zero_threshold"), histogram.layout.zero_threshold);
    set_double(field(added, "zero_count"), histogram.zero_count);
    set_double(field(added, "count"), histogram.count);
    set_double(field(added, "sum"), histogram.sum);
    add_spans(field(added, "positive_spans"), histogram.layout.positive_spans);
    add_doubles(field(added, "positive_counts"), histogram.positive_buckets);
    add_spans(field(added, "negative_spans"), histogram.layout.negative_spans);
    add_doubles(field(added, "negative_counts"), histogram.negative_buckets);
    add_doubles(field(added, "custom_bounds"), histogram.layout.custom_bounds);
  }
  static void add_spans(const avro_value_t& array, const std::vector<HistogramSpan>& spans) {
    for (const HistogramSpan& span : spans) {
      const avro_value_t added = append(array);
      set_int(field(added, "offset"), span.offset);
      set_int(field(added, "length"), static_cast<int32_t>(span.length));
    }
  }
  static void add_doubles(const avro_value_t& array, const std::vector<double>& numbers) {
    for (const double number : numbers) set_double(append(array), number);
  }

  void add_exemplar(size_t series_index, const Exemplar& exemplar) {
    const avro_value_t added = append(field(value_, "exemplars"));
    set_int(field(added, "series_index"), static_cast<int32_t>(series_index));
    for (const Label& label : exemplar.labels) {
      add_ref(field(added, "label_refs"), label.name);
      add_ref(field(added, "label_refs"), label.value);
    }
    avro_value_t time = field(added, "timestamp_ms");
    check(avro_value_set_long(&time, exemplar.timestamp_ms));
    set_double(field(added, "value"), exemplar.value);
  }
  void read_exemplar(size_t index, Batch& batch) {
    const avro_value_t from = item(field(value_, "exemplars"), index);
    int64_t timestamp_ms = 0;
    const avro_value_t time = field(from, "timestamp_ms");
    check(avro_value_get_long(&time, &timestamp_ms));
    batch.add_exemplar({labels(from), get_double(field(from, "value")), timestamp_ms});
  }

  bool is_of(const char* column, size_t series_index, size_t index) const {
    const avro_value_t all = field(value_, column);
    return index < size_of(all) &&
           get_int(field(item(all, index), "series_index")) == static_cast<int>(series_index);
  }
  void read_histogram(size_t index, Batch& batch) const {
    const avro_value_t from = item(field(value_, "native_histograms"), index);
    Histogram histogram;
    histogram.layout = {get_int(field(from, "schema")), get_double(field(from, "zero_threshold")),
                        get_spans(field(from, "positive_spans")), get_spans(field(from, "negative_spans")),
                        get_doubles(field(from, "custom_bounds"))};
    histogram.zero_count = get_double(field(from, "zero_count"));
    histogram.count = get_double(field(from, "count"));
    histogram.sum = get_double(field(from, "sum"));
    histogram.positive_buckets = get_doubles(field(from, "positive_counts"));
    histogram.negative_buckets = get_doubles(field(from, "negative_counts"));
    int hint = 0;
    const avro_value_t hint_field = field(from, "counter_reset");
    check(avro_value_get_enum(&hint_field, &hint));
    histogram.reset_hint = static_cast<CounterResetHint>(hint);
    int64_t timestamp_ms = 0;
    const avro_value_t time = field(from, "timestamp_ms");
    check(avro_value_get_long(&time, &timestamp_ms));
    batch.add_histogram(timestamp_ms, std::move(histogram));
  }
  static std::vector<HistogramSpan> get_spans(const avro_value_t& array) {
    std::vector<HistogramSpan> spans;
    for (size_t i = 0; i < size_of(array); ++i) {
      const avro_value_t span = item(array, i);
      spans.push_back(
          {get_int(field(span, "offset")), static_cast<uint32_t>(get_int(field(span, "length")))});
    }
    return spans;
  }
  static std::vector<double> get_doubles(const avro_value_t& array) {
    std::vector<double> numbers;
    for (size_t i = 0; i < size_of(array); ++i) numbers.push_back(get_double(item(array, i)));
    return numbers;
  }

  static void set_int(avro_value_t value, int32_t number) { check(avro_value_set_int(&value, number)); }
  static void set_double(avro_value_t value, double number) { check(avro_value_set_double(&value, number)); }
  static int32_t get_int(const avro_value_t& value) {
    int32_t number = 0;
    check(avro_value_get_int(&value, &number));
    return number;
  }
  static double get_double(const avro_value_t& value) {
    double number = 0;
    check(avro_value_get_double(&value, &number));
    return number;
  }

  std::unique_ptr<avro_obj_t, SchemaDeleter> schema_;
  std::unique_ptr<avro_value_iface_t, ClassDeleter> iface_;
  avro_value_t value_;
};

}  // namespace weir::wire::avro_c
