#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/metric_metadata.h"

/// The documents of kind `metadata` in the catalogue: what metrics of a tenant are. Each holds the metrics
/// that share two hex digits of a hash of their name, a line of JSON for each description
/// (docs/formats/metadata-document.md). Pure; safe from any thread.
namespace weir::wire {

/// The kind of the documents in the catalogue.
inline constexpr std::string_view kMetadataKind = "metadata";
/// How many there are for a tenant at most.
inline constexpr size_t kMetadataDocuments = 256;

/// The hash of a metric's name that decides where it is kept.
uint64_t metric_hash(std::string_view metric);
/// The key of the document of metrics with that hash: "00" to "ff".
std::string metadata_document_key(uint64_t metric_hash);

struct MetadataDocument {
  std::string body;
  uint64_t left_out = 0;  ///< Descriptions for which there was no room.
};
/// Equal descriptions have equal bytes, of which there are at most `bytes_max`.
MetadataDocument encode_metadata_document(const MetricDescriptions& metrics, size_t bytes_max);

/// What a document says. Lines that are not understood are left out, so that neither damage nor a later
/// version keeps the rest from being read.
MetricDescriptions decode_metadata_document(std::string_view body);

}  // namespace weir::wire
