#include "aggregation/definition_documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/definition_reader.h"
#include "meta/sqlite/sqlite_meta_store.h"
#include "os/sim/manual_clock.h"
#include "os/sim/temp_directory.h"

namespace weir::aggregation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TenantId kTenant = TenantId::from_stored(7);

class DefinitionDocuments : public testing::Test {
 protected:
  static Definition named(std::string_view name) {
    DefinitionFile file = parse_definition("{name: x, match: 'up{a=\"\\n\"}', window: 1m, outputs: [sum]}");
    EXPECT_THAT(file.problems, IsEmpty());
    file.definitions.at(0).name = name;
    return file.definitions[0];
  }
  Result<uint64_t> store(std::string_view name, std::optional<uint64_t> if_version = std::nullopt) {
    return store_definition(*meta_, kTenant, named(name), if_version, Deadline::never());
  }
  std::vector<std::string> names(TenantId tenant = kTenant) {
    std::vector<std::string> out;
    for (const StoredDefinition& one : stored_definitions(*meta_, tenant, Deadline::never()).value())
      out.push_back(one.definition.name);
    return out;
  }

  os::sim::ManualClock clock_{1'700'000'000'000};
  os::sim::TempDirectory directory_;
  std::unique_ptr<meta::MetaStore> meta_ = meta::sqlite::open(directory_.path() + "/meta.db", clock_).value();
};

TEST_F(DefinitionDocuments, KeepDefinitionsByName) {
  const std::string longest(100, 'Z');
  for (std::string_view name : {std::string_view("web"), std::string_view("Web"), std::string_view("a.b_c-1"),
                                std::string_view(longest)})
    ASSERT_TRUE(store(name).ok()) << name;
  EXPECT_THAT(names(), ElementsAre("Web", longest, "a.b_c-1", "web"));
  EXPECT_THAT(names(TenantId::from_stored(8)), IsEmpty());
  const auto one = stored_definition(*meta_, kTenant, "Web", Deadline::never());
  ASSERT_TRUE(one.ok());
  EXPECT_TRUE(one->definition == named("Web"));
  EXPECT_EQ(one->updated_ms, 1'700'000'000'000);
  EXPECT_TRUE(erase_definition(*meta_, kTenant, "Web", std::nullopt, Deadline::never()).ok());
  EXPECT_THAT(names(), ElementsAre(longest, "a.b_c-1", "web"));
}

TEST_F(DefinitionDocuments, HoldToVersions) {
  const uint64_t first = store("n", 0).value();
  EXPECT_EQ(store("n", 0).error().code, Code::kAlreadyExists);
  const uint64_t second = store("n", first).value();
  EXPECT_GT(second, first);
  EXPECT_EQ(stored_definition(*meta_, kTenant, "n", Deadline::never())->version, second);
  EXPECT_EQ(erase_definition(*meta_, kTenant, "n", first, Deadline::never()).error().code,
            Code::kAlreadyExists);
  EXPECT_TRUE(erase_definition(*meta_, kTenant, "n", second, Deadline::never()).ok());
}

TEST_F(DefinitionDocuments, AreNotFoundWhereThereAreNone) {
  for (const char* name : {"n", "", "no name", "/n"}) {
    const auto one = stored_definition(*meta_, kTenant, name, Deadline::never());
    EXPECT_EQ(one.error().code, Code::kNotFound) << name;
    EXPECT_THAT(one.error().message, HasSubstr("there is none of this name"));
    EXPECT_EQ(erase_definition(*meta_, kTenant, name, std::nullopt, Deadline::never()).error().code,
              Code::kNotFound)
        << name;
  }
  EXPECT_EQ(store("no name").error().code, Code::kInvalidArgument);
}

TEST_F(DefinitionDocuments, LeaveOutWhatCannotBeRead) {
  ASSERT_TRUE(store("good").ok());
  const std::string body = meta_->get(kTenant, kDefinitionKind, "good", Deadline::never())->body;
  ASSERT_TRUE(meta_->put(kTenant, kDefinitionKind, "bad", "{}", std::nullopt, Deadline::never()).ok());
  ASSERT_TRUE(meta_->put(kTenant, kDefinitionKind, "other", body, std::nullopt, Deadline::never()).ok());
  EXPECT_THAT(names(), ElementsAre("good"));
  EXPECT_EQ(stored_definition(*meta_, kTenant, "bad", Deadline::never()).error().code, Code::kCorruption);
  EXPECT_EQ(stored_definition(*meta_, kTenant, "other", Deadline::never()).error().code, Code::kCorruption);
}

TEST_F(DefinitionDocuments, RefuseWhatIsLargerThanADocument) {
  Definition large = named("n");
  large.extra_labels["a"] = std::string(1u << 20, 'x');
  const auto stored = store_definition(*meta_, kTenant, large, std::nullopt, Deadline::never());
  EXPECT_EQ(stored.error().code, Code::kResourceExhausted);
  EXPECT_THAT(stored.error().message, HasSubstr("limit 1048576"));
}

}  // namespace
}  // namespace weir::aggregation
