#include "gateway/remote_write_type.h"

#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

TEST(RemoteWriteType, IsVersion1WithoutAMessage) {
  for (const char* type :
       {"", " ", "application/x-protobuf", " application/x-protobuf\t", "application/x-protobuf;",
        "application/x-protobuf ; ; ", "Application/X-Protobuf", "application/x-protobuf;charset=utf-8",
        "application/x-protobuf; a=\"proto=io.prometheus.write.v2.Request;\"",
        "application/x-protobuf;proto=prometheus.WriteRequest",
        "application/x-protobuf; proto=\"prometheus.WriteRequest\""}) {
    EXPECT_EQ(remote_write_version(type), RemoteWriteVersion::k1) << type;
  }
}

TEST(RemoteWriteType, IsVersion2WhereItsMessageIsNamed) {
  for (const char* type :
       {"application/x-protobuf;proto=io.prometheus.write.v2.Request",
        "application/x-protobuf; proto=io.prometheus.write.v2.Request",
        "APPLICATION/x-protobuf\t;  PROTO=io.prometheus.write.v2.Request  ",
        "application/x-protobuf;proto=\"io.prometheus.write.v2.Request\"",
        "application/x-protobuf;proto=\"io\\.prometheus.write.v2.Re\\quest\" ; charset=utf-8",
        "application/x-protobuf;;charset=utf-8;proto=io.prometheus.write.v2.Request;",
        "application/x-protobuf;proto=io.prometheus.write.v2.Request;proto=io.prometheus.write.v2.Request"}) {
    EXPECT_EQ(remote_write_version(type), RemoteWriteVersion::k2) << type;
  }
}

TEST(RemoteWriteType, IsNoneForAnythingElse) {
  for (const char* type :
       {"text/plain", "application/json", "application/x-protobuf2", "application/protobuf", "application",
        ";proto=io.prometheus.write.v2.Request",
        "application/x-protobuf proto=io.prometheus.write.v2.Request",
        "application/x-protobuf;proto=io.prometheus.write.v3.Request", "application/x-protobuf;proto",
        "application/x-protobuf;proto=", "application/x-protobuf;proto=\"\"", "application/x-protobuf;=a",
        "application/x-protobuf;proto=IO.prometheus.write.v2.Request",
        "application/x-protobuf;proto =io.prometheus.write.v2.Request",
        "application/x-protobuf;proto=\"io.prometheus.write.v2.Request", "application/x-protobuf;proto=\"a\\",
        "application/x-protobuf;proto=\"io.prometheus.write.v2.Request\"x",
        "application/x-protobuf;proto=io.prometheus.write.v2.Request x",
        "application/x-protobuf;proto=prometheus.WriteRequest;proto=io.prometheus.write.v2.Request"}) {
    EXPECT_EQ(remote_write_version(type), std::nullopt) << type;
  }
}

}  // namespace
}  // namespace weir::gateway
