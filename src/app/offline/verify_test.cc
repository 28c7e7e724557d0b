#include "app/offline/verify.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/offline/repair.h"
#include "os/sim/manual_clock.h"
#include "os/sim/temp_directory.h"
#include "store/embedded/manifest.h"

namespace weir::app::offline {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// A copy of the golden directory on a real disk.
class OfflineTest : public testing::Test {
 protected:
  OfflineTest() : data_(directory_.path() + "/data"), paths_(data_paths(data_)) {
    const std::string golden = std::string(WEIR_GOLDEN) + "/v1/";
    copy(golden + "store", paths_.store);
    copy(golden + "journal", paths_.journal);
  }

  void copy(const std::string& from, const std::string& to) {
    files_.create_directories(to).value();
    for (const std::string& name : files_.list(from).value()) {
      const std::string bytes = os::read_file(files_, os::join_path(from, name), 1 << 20).value();
      os::write_file_atomically(files_, os::join_path(to, name), bytes).value();
    }
  }
  void flip(const std::string& path, size_t at) {
    std::string bytes = os::read_file(files_, path, 1 << 20).value();
    bytes.at(at) ^= 4;
    os::write_file_atomically(files_, path, bytes).value();
  }
  DataReport verify() {
    return verify_data(files_, data_, [](uint64_t) {}).value();
  }
  void repair() {
    repair_data(files_, data_, false, [](const std::string&) {}).value();
  }
  store::embedded::Manifest manifest() {
    return store::embedded::load_manifest(files_, paths_.store).value();
  }
  void save(const store::embedded::Manifest& manifest) {
    store::embedded::save_manifest(files_, paths_.store, manifest).value();
  }

  cli::Console console() { return {in_, out_, err_, clock_, {}}; }

  os::FileSystem& files_ = os::posix_files();
  os::sim::TempDirectory directory_;
  const std::string data_;
  const DataPaths paths_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
  os::sim::ManualClock clock_;
};

TEST_F(OfflineTest, FindsAGoodDirectoryGood) {
  uint64_t read = 0;
  const DataReport report = verify_data(files_, data_, [&](uint64_t bytes) { read += bytes; }).value();
  EXPECT_EQ(report.damage_count(), 0u);
  EXPECT_EQ(report.store.samples, 290u);
  EXPECT_EQ(report.journal.records, 10u);
  EXPECT_EQ(report.journal_samples, 600u);
  EXPECT_EQ(read, data_bytes(files_, data_));
}

TEST_F(OfflineTest, ChecksThatStoreAndJournalBelongTogether) {
  auto changed = manifest();
  changed.partitions[0].durable = Offset(100);
  save(changed);
  ASSERT_EQ(verify().between.count(), 1u);
  EXPECT_THAT(verify().between.kept()[0].what, HasSubstr("partition 0"));
  repair();
  EXPECT_EQ(verify().damage_count(), 0u);
  EXPECT_EQ(manifest().partitions[0].durable, Offset(0));

  // The oldest segment is gone though records in it are in no block.
  files_.remove(os::join_path(paths_.journal, "00000000000000000001.journal")).value();
  EXPECT_EQ(verify().between.count(), 2u);
  repair();
  EXPECT_EQ(verify().damage_count(), 0u);
  EXPECT_EQ(manifest().partitions[0].durable, Offset(4));
}

TEST_F(OfflineTest, TellsStoreAndJournalOfDifferentServersApart) {
  auto changed = manifest();
  changed.partitions.emplace_back();
  save(changed);
  EXPECT_THAT(verify().between.kept().at(0).what, HasSubstr("3 partitions, the journal 2"));
}

TEST_F(OfflineTest, BeginsANewJournalInThePlaceOfALostOne) {
  const std::string first = os::join_path(paths_.journal, "00000000000000000001.journal");
  const std::string second = os::join_path(paths_.journal, "00000000000000000010.journal");
  for (const std::string& path : {first, second}) {
    flip(path, 20);
    flip(path, 4'096 + 20);
  }
  EXPECT_EQ(verify().journal.damage.count(), 2u);
  EXPECT_EQ(verify().between.count(), 1u);
  repair();
  EXPECT_EQ(verify().damage_count(), 0u);
  EXPECT_TRUE(files_.exists(first + ".damaged").value());
  EXPECT_EQ(manifest().partitions[0].durable, Offset(0));

  auto changed = manifest();
  changed.partitions[1].durable = Offset(7);
  save(changed);
  EXPECT_EQ(verify().between.count(), 1u) << "no journal, and a store that has seen one";
  repair();
  EXPECT_EQ(verify().damage_count(), 0u);
}

TEST_F(OfflineTest, MissesAStoreThatIsGone) {
  EXPECT_TRUE(files_.remove_all(paths_.store).ok());
  EXPECT_EQ(verify().damage_count(), 0u) << "the journal still holds everything";
  files_.remove(os::join_path(paths_.journal, "00000000000000000001.journal")).value();
  EXPECT_THAT(verify().between.kept().at(0).what, HasSubstr("the store is gone"));
}

TEST_F(OfflineTest, NamesARecordOfTheJournalThatIsDamaged) {
  flip(os::join_path(paths_.journal, "00000000000000000001.journal"), 8'300);
  const DataReport report = verify();
  ASSERT_EQ(report.journal.damage.count(), 1u);
  EXPECT_EQ(report.journal.damage.kept()[0].position, 8'192u);
  EXPECT_EQ(report.journal.records, 9u);
}

TEST_F(OfflineTest, TheCatalogueIsCheckedBySqlite) {
  os::write_file_atomically(files_, paths_.catalogue, std::string(4'096, 'x')).value();
  EXPECT_EQ(verify().catalogue_damage.count(), 1u);
}

TEST_F(OfflineTest, TheCommandsAnswerInTheirExitCodes) {
  cli::Console to = console();
  EXPECT_EQ(cli::run_verify({data_}, to), cli::kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("All is good."));
  const std::string block = store::embedded::block_path(paths_.store, 1);
  flip(block, 12);
  EXPECT_EQ(cli::run_verify({data_}, to), cli::kExitFailed);
  EXPECT_THAT(out_.str(), HasSubstr(block + ", byte 8,"));
  EXPECT_THAT(out_.str(), HasSubstr("weir repair --data " + data_));
  EXPECT_EQ(cli::run_dump({.data = data_}, to), cli::kExitFailed) << "a chunk cannot be read";
  EXPECT_EQ(cli::run_repair({data_, true}, to), cli::kExitOk);
  EXPECT_EQ(cli::run_verify({data_}, to), cli::kExitFailed) << "that was a dry run";
  EXPECT_EQ(cli::run_repair({data_}, to), cli::kExitOk);
  EXPECT_EQ(cli::run_verify({data_, cli::OutputFormat::kJson}, to), cli::kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("{\"good\":true,"));
  EXPECT_EQ(cli::run_verify({directory_.path()}, to), cli::kExitUsage);
  const auto lock = files_.lock(data_).value();
  EXPECT_EQ(cli::run_verify({data_}, to), cli::kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("a server is running there"));
}

TEST_F(OfflineTest, DumpsSamplesOnceAndAsPrometheusWritesThem) {
  cli::Console to = console();
  EXPECT_EQ(cli::run_dump({.data = data_, .tenant = "2", .selector = "m3", .end_ms = 1'699'999'215'037}, to),
            cli::kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("m3{host=\"a\\\"\\\\\\n\xc3\xa4\",job=\"golden\"} "));
  EXPECT_THAT(out_.str(), HasSubstr(" 1699999200000\n"));
  EXPECT_EQ(cli::run_dump({.data = data_, .selector = "sum(m3)"}, to), cli::kExitUsage);
  EXPECT_EQ(cli::run_dump({.data = data_, .tenant = "nobody"}, to), cli::kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("no tenant \"nobody\""));
}

TEST_F(OfflineTest, DumpsAStaleMarkerAsAComment) {
  cli::Console to = console();
  EXPECT_EQ(cli::run_dump({.data = data_, .selector = "m5"}, to), cli::kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("# ended: m5{"));
  EXPECT_THAT(err_.str(), IsEmpty());
}

}  // namespace
}  // namespace weir::app::offline
