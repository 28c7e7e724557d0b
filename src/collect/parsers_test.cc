#include "collect/parsers.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::collect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

using Reading = std::map<std::string, double>;

Reading reading_of(const SampleSink& sink) {
  Batch batch;
  sink.append_to(batch, 1'000);
  Reading reading;
  for (const Batch::Series& series : batch.series()) {
    reading[batch.labels(series).to_string()] = batch.values(series)[0];
  }
  return reading;
}

/// Runs one parser on a text that it must accept.
template <typename Parse>
Reading parsed(std::string_view text, Parse parse) {
  SampleSink sink({});
  sink.begin();
  const Status status = parse(text, sink);
  EXPECT_TRUE(status.ok()) << status.error().message;
  return reading_of(sink);
}

template <typename Parse>
void expect_malformed(std::string_view text, Parse parse, std::string_view why) {
  SampleSink sink({});
  sink.begin();
  const Status status = parse(text, sink);
  ASSERT_FALSE(status.ok()) << text;
  EXPECT_EQ(status.error().code, Code::kCorruption);
  EXPECT_THAT(status.error().message, HasSubstr(std::string(why)));
}

TEST(ParseStat, ReadsProcessorsAndCounts) {
  const Reading reading = parsed(
      "cpu  28460 0 7838 407767 1691 0 114 43 0 0\n"
      "cpu0 13330 1 3316 206063 201 2 17 16 7 3\n"
      "cpu11 15130 0 4522 201703 1489 0 96 27 0 0\n"
      "intr 470926 0 0 13\n"
      "ctxt 882694\n"
      "btime 1795436911\n"
      "processes 12247\n"
      "procs_running 3\n"
      "procs_blocked 1\n"
      "softirq 278666 0 38764\n",
      parse_stat);
  EXPECT_EQ(reading.size(), 2u * 10 + 6);
  EXPECT_EQ(reading.at(R"(node_cpu_seconds_total{cpu="0",mode="user"})"), 133.3);
  EXPECT_EQ(reading.at(R"(node_cpu_seconds_total{cpu="0",mode="steal"})"), 0.16);
  EXPECT_EQ(reading.at(R"(node_cpu_seconds_total{cpu="11",mode="iowait"})"), 14.89);
  EXPECT_EQ(reading.at(R"(node_cpu_guest_seconds_total{cpu="0",mode="user"})"), 0.07);
  EXPECT_EQ(reading.at(R"(node_cpu_guest_seconds_total{cpu="0",mode="nice"})"), 0.03);
  EXPECT_EQ(reading.at("node_intr_total"), 470926);
  EXPECT_EQ(reading.at("node_context_switches_total"), 882694);
  EXPECT_EQ(reading.at("node_boot_time_seconds"), 1795436911);
  EXPECT_EQ(reading.at("node_forks_total"), 12247);
  EXPECT_EQ(reading.at("node_procs_running"), 3);
  EXPECT_EQ(reading.at("node_procs_blocked"), 1);
}

TEST(ParseStat, TakesTheFewerModesOfAnOldKernel) {
  EXPECT_EQ(parsed("cpu0 1 2 3 4\n", parse_stat).size(), 4u);
  EXPECT_EQ(parsed("cpu0 1 2 3 4 5 6 7 8\n", parse_stat).size(), 8u);
}

TEST(ParseStat, RefusesWhatIsNoStat) {
  expect_malformed("", parse_stat, "a line for each cpu");
  expect_malformed("cpu  1 2 3 4\nctxt 5\n", parse_stat, "a line for each cpu");
  expect_malformed("cpu0 1 2 3\n", parse_stat, "cpu0 1 2 3");
  expect_malformed("cpu0 1 2 3 4 x\n", parse_stat, "cpu0 1 2 3 4 x");
  expect_malformed("cpu0 1 2 3 4 5 6 7 8 9 -\n", parse_stat, "cpu0");
  expect_malformed("cpu0 1 2 3 4\nctxt\n", parse_stat, "\"ctxt\"");
}

TEST(ParseLoadavg, ReadsLoadAndThreads) {
  EXPECT_THAT(parsed("0.42 1.36 12.20 3/114 12247\n", parse_loadavg),
              ElementsAre(Pair("node_load1", 0.42), Pair("node_load15", 12.2), Pair("node_load5", 1.36),
                          Pair("node_processes_threads", 114)));
}

TEST(ParseLoadavg, RefusesWhatIsMissing) {
  for (const std::string_view text :
       {"", "0.1 0.2", "0.1 0.2 x", "0.1 0.2 0.3", "0.1 0.2 0.3 5/", "0.1 0.2 0.3 /x"}) {
    expect_malformed(text, parse_loadavg, "loadavg");
  }
}

TEST(ParseMeminfo, NamesAndScalesEveryLine) {
  EXPECT_THAT(parsed("MemTotal:       24684084 kB\n"
                     "Active(anon):       1616 kB\n"
                     "HugePages_Total:       7\n"
                     "Hugepagesize:       2048 kB\n",
                     parse_meminfo),
              ElementsAre(Pair("node_memory_Active_anon_bytes", 1616.0 * 1024),
                          Pair("node_memory_HugePages_Total", 7),
                          Pair("node_memory_Hugepagesize_bytes", 2048.0 * 1024),
                          Pair("node_memory_MemTotal_bytes", 24684084.0 * 1024)));
}

TEST(ParseMeminfo, RefusesOtherForms) {
  for (const std::string_view text :
       {"", "MemTotal 1 kB\n", "MemTotal: x kB\n", "MemTotal:\n", "MemTotal: 1 MB\n", "\n"}) {
    expect_malformed(text, parse_meminfo, "meminfo");
  }
}

TEST(ParseVmstat, TakesOnlyPagingFaultsAndKills) {
  EXPECT_THAT(parsed("nr_free_pages 1133033\npgpgin 2853629\npgpgout 3\npswpin 4\npgalloc_dma 5\npgfault 6\n"
                     "pgmajfault 7\npgscan_kswapd 8\noom_kill 9\nunstable x\n",
                     parse_vmstat),
              ElementsAre(Pair("node_vmstat_oom_kill", 9), Pair("node_vmstat_pgfault", 6),
                          Pair("node_vmstat_pgmajfault", 7), Pair("node_vmstat_pgpgin", 2853629),
                          Pair("node_vmstat_pgpgout", 3), Pair("node_vmstat_pswpin", 4)));
  expect_malformed("pgfault\n", parse_vmstat, "\"pgfault\"");
  expect_malformed("nr_free_pages 1\n", parse_vmstat, "paging");
}

constexpr auto parse_io_pressure = [](std::string_view text, SampleSink& sink) {
  return parse_pressure(text, "io", sink);
};

TEST(ParsePressure, ReadsTotalsInSeconds) {
  const std::string_view text =
      "some avg10=0.66 avg60=0.37 avg300=0.36 total=18713836\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=1250000\n";
  EXPECT_THAT(parsed(text, parse_io_pressure),
              ElementsAre(Pair("node_pressure_io_stalled_seconds_total", 1.25),
                          Pair("node_pressure_io_waiting_seconds_total", 18.713836)));
  const auto parse_cpu = [](std::string_view t, SampleSink& sink) { return parse_pressure(t, "cpu", sink); };
  EXPECT_THAT(parsed(text, parse_cpu),
              ElementsAre(Pair("node_pressure_cpu_waiting_seconds_total", 18.713836)));
}

TEST(ParsePressure, RefusesLinesWithoutATotal) {
  expect_malformed("", parse_io_pressure, "some or full");
  expect_malformed("some avg10=0.66\n", parse_io_pressure, "a total");
  expect_malformed("some total=\n", parse_io_pressure, "a total");
  expect_malformed("some total=1s\n", parse_io_pressure, "a total");
}

TEST(ParseDiskstats, ReadsEveryCounterInItsUnit) {
  const Reading reading = parsed(
      " 254       0 vda 77446 12315 5664538 82363 40435 19159 6163320 20580 2 24612 104020 7205 30 1472864 "
      "961 3147 114\n",
      parse_diskstats);
  EXPECT_EQ(reading.size(), 18u);
  const auto vda = [&reading](const std::string& metric) { return reading.at(metric + R"({device="vda"})"); };
  EXPECT_EQ(vda("node_disk_reads_completed_total"), 77446);
  EXPECT_EQ(vda("node_disk_reads_merged_total"), 12315);
  EXPECT_EQ(vda("node_disk_read_bytes_total"), 5664538.0 * 512);
  EXPECT_EQ(vda("node_disk_read_time_seconds_total"), 82.363);
  EXPECT_EQ(vda("node_disk_writes_completed_total"), 40435);
  EXPECT_EQ(vda("node_disk_writes_merged_total"), 19159);
  EXPECT_EQ(vda("node_disk_written_bytes_total"), 6163320.0 * 512);
  EXPECT_EQ(vda("node_disk_write_time_seconds_total"), 20.58);
  EXPECT_EQ(vda("node_disk_io_now"), 2);
  EXPECT_EQ(vda("node_disk_io_time_seconds_total"), 24.612);
  EXPECT_EQ(vda("node_disk_io_time_weighted_seconds_total"), 104.02);
  EXPECT_EQ(vda("node_disk_discards_completed_total"), 7205);
  EXPECT_EQ(vda("node_disk_discards_merged_total"), 30);
  EXPECT_EQ(vda("node_disk_discarded_sectors_total"), 1472864);
  EXPECT_EQ(vda("node_disk_discard_time_seconds_total"), 0.961);
  EXPECT_EQ(vda("node_disk_flush_requests_total"), 3147);
  EXPECT_EQ(vda("node_disk_flush_requests_time_seconds_total"), 0.114);
  EXPECT_EQ(reading.at(R"(node_disk_info{device="vda",major="254",minor="0"})"), 1);
}

TEST(ParseDiskstats, LeavesPartitionsLoopsAndRamOut) {
  const auto kept = [](const std::string& device) {
    return !parsed("7 0 " + device + " 0 0 0 0 0 0 0 0 0 0 0\n", parse_diskstats).empty();
  };
  for (const char* device :
       {"sda", "vdb", "xvda", "nvme0n1", "nvme10n2", "dm-0", "md127", "zram0", "sr0", "mmcblk0p1", "123"}) {
    EXPECT_TRUE(kept(device)) << device;
  }
  for (const char* device : {"sda1", "hdb12", "xvda1", "nvme0n1p3", "nvme10n2p1", "loop7", "ram0", "fd0"}) {
    EXPECT_FALSE(kept(device)) << device;
  }
}

TEST(ParseDiskstats, RefusesShortLines) {
  expect_malformed("254 0\n", parse_diskstats, "a device");
  expect_malformed("x 0 vda 1\n", parse_diskstats, "two numbers");
  expect_malformed("254 0 vda 1 2 3 4 5 6 7 8 9 10\n", parse_diskstats, "at least 11");
  expect_malformed("254 0 vda 1 2 3 4 5 6 7 8 9 10 11 x\n", parse_diskstats, "at least 11");
}

constexpr std::string_view kNetHeadings =
    "Inter-|   Receive                    |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n";

TEST(ParseNetDev, ReadsBothDirections) {
  const Reading reading = parsed(
      std::string(kNetHeadings) +
          "    lo:   64285      67    0    0    0     0          0         0    64285      67 0 0 0 0 0 0\n"
          "eth0:1:475941328 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
      parse_net_dev);
  EXPECT_EQ(reading.size(), 32u);
  EXPECT_EQ(reading.at(R"(node_network_receive_bytes_total{device="lo"})"), 64285);
  EXPECT_EQ(reading.at(R"(node_network_receive_bytes_total{device="eth0:1"})"), 475941328);
  EXPECT_EQ(reading.at(R"(node_network_receive_multicast_total{device="eth0:1"})"), 8);
  EXPECT_EQ(reading.at(R"(node_network_transmit_bytes_total{device="eth0:1"})"), 9);
  EXPECT_EQ(reading.at(R"(node_network_transmit_colls_total{device="eth0:1"})"), 14);
  EXPECT_EQ(reading.at(R"(node_network_transmit_compressed_total{device="eth0:1"})"), 16);
}

TEST(ParseNetDev, RefusesOtherForms) {
  expect_malformed("", parse_net_dev, "headings");
  expect_malformed("eth0: 1\n", parse_net_dev, "headings");
  expect_malformed(std::string(kNetHeadings) + "eth0 1 2 3\n", parse_net_dev, "colon");
  expect_malformed(std::string(kNetHeadings) + "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", parse_net_dev,
                   "16 counters");
}

TEST(ParseNetstat, TakesTheDefaultFields) {
  EXPECT_THAT(parsed("Ip: Forwarding DefaultTTL InReceives\n"
                     "Ip: 2 64 10961\n"
                     "Tcp: MaxConn ActiveOpens CurrEstab InErrs\n"
                     "Tcp: -1 5 3 0\n"
                     "UdpLite: InDatagrams InErrors\n"
                     "UdpLite: 7 1\n",
                     parse_netstat),
              ElementsAre(Pair("node_netstat_Ip_Forwarding", 2), Pair("node_netstat_Tcp_ActiveOpens", 5),
                          Pair("node_netstat_Tcp_CurrEstab", 3), Pair("node_netstat_Tcp_InErrs", 0),
                          Pair("node_netstat_UdpLite_InErrors", 1)));
}

TEST(ParseNetstat, RefusesNamesWithoutTheirValues) {
  expect_malformed("Ip: Forwarding\n", parse_netstat, "a line of values");
  expect_malformed("Ip: Forwarding\nTcp: 1\n", parse_netstat, "one protocol");
  expect_malformed("Ip Forwarding\nIp 1\n", parse_netstat, "one protocol");
  expect_malformed("Ip: Forwarding InReceives\nIp: 1\n", parse_netstat, "a value for each name");
}

TEST(ParseSnmp6, SplitsProtocolFromField) {
  EXPECT_THAT(parsed("Ip6InReceives                   \t1\n"
                     "Ip6InOctets                     \t128\n"
                     "Icmp6OutMsgs                    \t9\n"
                     "Udp6NoPorts \t4\n"
                     "UdpLite6InErrors \t2\n",
                     parse_snmp6),
              ElementsAre(Pair("node_netstat_Icmp6_OutMsgs", 9), Pair("node_netstat_Ip6_InOctets", 128),
                          Pair("node_netstat_Udp6_NoPorts", 4), Pair("node_netstat_UdpLite6_InErrors", 2)));
  expect_malformed("Ip6InOctets\n", parse_snmp6, "a name and a number");
}

constexpr auto parse_sockets = [](std::string_view text, SampleSink& sink) {
  return parse_sockstat(text, 4096, sink);
};

TEST(ParseSockstat, ReadsPairsAndMemory) {
  EXPECT_THAT(
      parsed("sockets: used 17\nTCP: inuse 2 mem 3\nFRAG6: inuse 0 memory 5\n", parse_sockets),
      ElementsAre(Pair("node_sockstat_FRAG6_inuse", 0), Pair("node_sockstat_FRAG6_memory", 5),
                  Pair("node_sockstat_TCP_inuse", 2), Pair("node_sockstat_TCP_mem", 3),
                  Pair("node_sockstat_TCP_mem_bytes", 12288), Pair("node_sockstat_sockets_used", 17)));
  expect_malformed("TCP inuse 2\n", parse_sockets, "colon");
  expect_malformed("TCP: inuse\n", parse_sockets, "in turn");
  expect_malformed("", parse_sockets, "protocol");
}

TEST(ParseFileNr, ReadsAllocatedAndMaximum) {
  EXPECT_THAT(parsed("730\t0\t2466170\n", parse_file_nr),
              ElementsAre(Pair("node_filefd_allocated", 730), Pair("node_filefd_maximum", 2466170)));
  expect_malformed("730\t0\n", parse_file_nr, "three numbers");
}

TEST(ParseMounts, LeavesOutWhatHoldsNoDataOrMayBlock) {
  std::vector<Mount> mounts;
  ASSERT_TRUE(parse_mounts("/dev/vda / ext4 rw,relatime,discard 0 0\n"
                           "proc /proc proc rw 0 0\n"
                           "tmpfs /run/lock tmpfs rw 0 0\n"
                           "tmpfs /running tmpfs ro,noexec 0 0\n"
                           "/dev/sdb1 /mnt/usb ext4 rw 0 0\n"
                           "overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0\n"
                           "/dev/sdc1 /var/lib/docker ext4 rw,errors=remount-ro 0 0\n"
                           "server:/export /home nfs4 rw 0 0\n"
                           "sshfs /home/a fuse.sshfs rw 0 0\n"
                           "/dev/sdd1 /data/my\\040disk\\134x ext4 rw 0 0\n",
                           mounts)
                  .ok());
  ASSERT_EQ(mounts.size(), 4u);
  EXPECT_EQ(mounts[0].mount_point, "/");
  EXPECT_EQ(mounts[0].device, "/dev/vda");
  EXPECT_EQ(mounts[0].type, "ext4");
  EXPECT_FALSE(mounts[0].read_only);
  EXPECT_EQ(mounts[1].mount_point, "/running");
  EXPECT_TRUE(mounts[1].read_only);
  EXPECT_EQ(mounts[2].mount_point, "/var/lib/docker");
  EXPECT_FALSE(mounts[2].read_only);
  EXPECT_EQ(mounts[3].mount_point, "/data/my disk\\x");
}

TEST(ParseMounts, RefusesAShortLine) {
  std::vector<Mount> mounts;
  const Status status = parse_mounts("/dev/vda / ext4\n", mounts);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("/dev/vda / ext4"));
}

TEST(ParseProcessState, SurvivesAnyName) {
  EXPECT_EQ(*parse_process_state("1 (systemd) S 0 1 1"), 'S');
  EXPECT_EQ(*parse_process_state("17 (a) R (b) ) Z 0 1 1"), 'Z');
  EXPECT_FALSE(parse_process_state("").ok());
  EXPECT_FALSE(parse_process_state("1 systemd S").ok());
  EXPECT_FALSE(parse_process_state("1 (systemd) ").ok());
}

}  // namespace
}  // namespace weir::collect
