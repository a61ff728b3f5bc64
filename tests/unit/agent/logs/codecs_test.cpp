#include "agent/logs/codecs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <memory>

#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::agent::logs;

namespace {

struct CodecFixture {
    Fd file(const std::string& name, std::string_view content = "") const {
        Fd made(open((folder / name).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        BOOST_REQUIRE(write_all(made.get(), content, name).has_value());
        return made;
    }
    // Decoded by a program that is not ours; "<none>" where it is not installed.
    std::string decoded(const std::string& program, const std::string& name) const {
        const auto command = fmt::format("{0} --version >/dev/null 2>&1 && {0} -dc <'{1}'", program, folder / name);
        const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
        std::string content;
        for (int c = fgetc(pipe.get()); c != EOF; c = fgetc(pipe.get())) {
            content += static_cast<char>(c);
        }
        return content.empty() ? "<none>" : content;
    }
    // Longer than several chunks, and not of one kind: some of it compresses well, some hardly.
    static std::string lines() {
        std::string text;
        uint64_t state = 1;
        for (int i = 0; i < 20'000; ++i) {
            state = state * 6364136223846793005U + 1442695040888963407U;  // Knuth's MMIX
            text += fmt::format("2026-11-28 line {} {:016x}\n", i, state);
        }
        return text;
    }

    tests::TempFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(codecs, CodecFixture)

BOOST_AUTO_TEST_CASE(zstd_reads_what_is_written_and_so_do_we) {
    for (const auto& content : {std::string("short\n"), lines()}) {
        const auto original = file("log", content);
        const auto packed = file("log.zst");
        BOOST_TEST(write_zstd(original.get(), packed.get(), 3).has_value());
        BOOST_TEST(verify_zstd(packed.get(), original.get()).has_value());
        const auto theirs = decoded("zstd", "log.zst");
        BOOST_TEST((theirs == content || theirs == "<none>"));
    }
}

BOOST_AUTO_TEST_CASE(gzip_reads_what_is_written_and_so_do_we) {
    for (const auto& content : {std::string("short\n"), lines()}) {
        const auto original = file("log", content);
        const auto packed = file("log.gz");
        BOOST_TEST(write_gzip(original.get(), packed.get(), 9).has_value());
        BOOST_TEST(verify_gzip(packed.get(), original.get()).has_value());
        BOOST_TEST((decoded("gzip", "log.gz") == content));
    }
}

BOOST_AUTO_TEST_CASE(an_empty_log_has_an_archive) {
    const auto original = file("log");
    const auto gzip = file("log.gz");
    const auto zstd = file("log.zst");
    BOOST_TEST((write_gzip(original.get(), gzip.get(), -1) && verify_gzip(gzip.get(), original.get())));
    BOOST_TEST((write_zstd(original.get(), zstd.get(), 3) && verify_zstd(zstd.get(), original.get())));
}

BOOST_AUTO_TEST_CASE(an_archive_that_is_cut_or_of_another_log_is_refused) {
    const auto content = lines();
    const auto original = file("log", content);
    const auto longer = file("longer", content + "more\n");
    auto other_content = content;
    other_content[content.size() / 2] = '!';
    const auto other = file("other", other_content);
    for (const bool is_zstd : {false, true}) {
        const auto packed = file("packed");
        BOOST_TEST((is_zstd ? write_zstd : write_gzip)(original.get(), packed.get(), 3).has_value());
        const auto verify = is_zstd ? verify_zstd : verify_gzip;
        BOOST_TEST(verify(packed.get(), original.get()).has_value());
        BOOST_TEST(!verify(packed.get(), longer.get()).has_value());
        BOOST_TEST(!verify(packed.get(), other.get()).has_value());
        BOOST_REQUIRE(ftruncate(packed.get(), lseek(packed.get(), 0, SEEK_END) - 5) == 0);
        BOOST_TEST(!verify(packed.get(), original.get()).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
