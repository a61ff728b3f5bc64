// NFS client and server.
#include "agent/collect/nfs.hpp"

#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

BOOST_AUTO_TEST_SUITE(nfs)

BOOST_AUTO_TEST_CASE(calls_of_the_client_by_version) {
    const auto reading = parse_nfs(
        "net 18628 11 18617 6\nrpc 4329785 2 4338291\n"
        "proc2 18 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n"
        "proc3 22 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22\nproc4 3 5 6 7\n");
    BOOST_REQUIRE(reading);
    const auto lines = series_of(*reading);
    for (const auto* line :
         {"node_nfs_packets_total{protocol=\"udp\"} 11\n", "node_nfs_packets_total{protocol=\"tcp\"} 18617\n",
          "node_nfs_connections_total 6\n", "node_nfs_rpcs_total 4329785\n", "node_nfs_rpc_retransmissions_total 2\n",
          "node_nfs_requests_total{method=\"FsStat\",proto=\"2\"} 18\n",
          "node_nfs_requests_total{method=\"Commit\",proto=\"3\"} 22\n",
          "node_nfs_requests_total{method=\"Write\",proto=\"4\"} 7\n",
          // An old kernel knows fewer operations: the others were never called.
          "node_nfs_requests_total{method=\"Clone\",proto=\"4\"} 0\n"}) {
        BOOST_TEST(lines.find(line) != std::string::npos, line);
    }
}

BOOST_AUTO_TEST_CASE(the_server_has_its_own_lines_and_new_ones_are_passed_over) {
    const auto reading = parse_nfsd(
        "rc 0 6 18622\nfh 7 0 0 0 0\nio 157286400 72864\nth 8 0 0.000\nra 32 0 0 0 0 0 0 0 0 0 0 9\n"
        "net 18628 10 18617 6\nrpc 18628 0 3 4 5\nwdeleg_getattr 0\n");
    // th's histogram of old kernels has a fraction: still a number.
    BOOST_REQUIRE(reading);
    const auto lines = series_of(*reading);
    for (const auto* line : {"node_nfsd_server_threads 8\n", "node_nfsd_read_ahead_cache_not_found_total 9\n",
                             "node_nfsd_file_handles_stale_total 7\n", "node_nfsd_rpc_errors_total{error=\"fmt\"} 3\n",
                             "node_nfsd_rpc_errors_total{error=\"cInt\"} 5\n"}) {
        BOOST_TEST(lines.find(line) != std::string::npos, line);
    }
    BOOST_TEST(lines.find("method=\"Null\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_count_that_does_not_match_and_short_lines_are_errors) {
    for (const auto* bad : {"proc2 17 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n", "proc2 18 1 2\n", "net 1 2 3\n",
                            "rpc 1 x 2\n", "proc3 99 1\n"}) {
        BOOST_TEST(!parse_nfs(bad), bad);
    }
    BOOST_TEST(!parse_nfsd("ra 32 0\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
