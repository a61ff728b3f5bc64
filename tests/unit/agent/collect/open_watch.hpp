// Which files of a folder were opened, by inotify(7): root may open all, so that permissions show nothing.
#pragma once
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <set>
#include <string>

#include "shared/os/fd.hpp"

namespace vigie::agent::tests_of_collect {

class OpenWatch {
  public:
    // Watches the folder itself and what stands in it, not what is below.
    void add(const std::string& folder) {
        BOOST_REQUIRE(inotify_add_watch(queue_.get(), folder.c_str(), IN_OPEN) >= 0);
    }
    // Names in the watched folders that were opened since the last call; "" is a folder itself.
    std::set<std::string> opened() {
        std::set<std::string> names;
        alignas(inotify_event) std::array<char, 65536> bytes{};
        for (ssize_t got = 0; (got = read(queue_.get(), bytes.data(), bytes.size())) > 0;) {
            for (ssize_t at = 0; at < got;) {
                inotify_event event{};
                std::memcpy(&event, bytes.data() + at, sizeof(event));
                BOOST_REQUIRE((event.mask & IN_Q_OVERFLOW) == 0u);
                names.emplace(event.len == 0 ? "" : bytes.data() + at + sizeof(event));
                at += static_cast<ssize_t>(sizeof(event) + event.len);
            }
        }
        return names;
    }

  private:
    Fd queue_{inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
};

}  // namespace vigie::agent::tests_of_collect
