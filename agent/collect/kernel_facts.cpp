// Facts of the kernel.
#include "agent/collect/kernel_facts.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>

#include "agent/series/text.hpp"

namespace vigie::agent {

int parse_selinux_config(std::string_view text) {
    constexpr int disabled = -1;
    int mode = disabled;
    while (!text.empty()) {
        auto line = trimmed(next_line(text));
        if (trimmed(cut(line, '=')) == "SELINUX") {
            const auto word = trimmed(line);
            mode = word == "enforcing" ? 1 : word == "permissive" ? 0 : disabled;
        }
    }
    return mode;
}

namespace {

class UnameCollector final : public Collector {
  public:
    UnameCollector() : Collector("uname") {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        utsname raw{};
        if (uname(&raw) != 0) {
            return fail(errno_error(errno, "uname"));
        }
        out.add("node_uname_info",
                {{"domainname", static_cast<const char*>(raw.domainname)},
                 {"machine", static_cast<const char*>(raw.machine)},
                 {"nodename", static_cast<const char*>(raw.nodename)},
                 {"release", static_cast<const char*>(raw.release)},
                 {"sysname", static_cast<const char*>(raw.sysname)},
                 {"version", static_cast<const char*>(raw.version)}},
                1);
        return {};
    }
};

class SelinuxCollector final : public Collector {
  public:
    explicit SelinuxCollector(const CollectContext& context)
        : Collector("selinux"),
          enforce_(context.sys("/fs/selinux/enforce")),
          config_(context.options.roots.rootfs + "/etc/selinux/config"),
          attributes_(context.sources.attributes) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        const auto enforced = attributes_.number(AT_FDCWD, enforce_.c_str());
        out.add("node_selinux_enabled", enforced ? 1 : 0);
        if (enforced) {
            out.add("node_selinux_config_mode", parse_selinux_config(attributes_.text(AT_FDCWD, config_.c_str())));
            out.add("node_selinux_current_mode", *enforced);
        }
        return {};
    }

  private:
    std::string enforce_;
    std::string config_;
    AttributeReader& attributes_;
};

// Where package managers write down what is installed: dpkg, rpm (SQLite, and Berkeley DB before), apk.
constexpr std::array<std::string_view, 4> package_records{"/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite",
                                                          "/var/lib/rpm/Packages", "/lib/apk/db/installed"};

class RebootCollector final : public Collector {
  public:
    explicit RebootCollector(const CollectContext& context)
        : Collector("reboot"), path_(context.options.roots.rootfs + "/run/reboot-required") {
        for (const auto record : package_records) {
            records_.push_back(context.options.roots.rootfs + std::string(record));
        }
    }
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        out.add("node_reboot_required", access(path_.c_str(), F_OK) == 0 ? 1 : 0);
        for (const auto& record : records_) {
            struct stat facts {};
            if (stat(record.c_str(), &facts) == 0) {
                out.add("vigie_packages_changed_timestamp_seconds", static_cast<double>(facts.st_mtim.tv_sec));
                break;
            }
        }
        return {};
    }

  private:
    std::string path_;
    std::vector<std::string> records_;
};

}  // namespace

std::unique_ptr<Collector> make_uname(const CollectContext&) {
    return std::make_unique<UnameCollector>();
}
std::unique_ptr<Collector> make_selinux(const CollectContext& context) {
    return std::make_unique<SelinuxCollector>(context);
}
std::unique_ptr<Collector> make_reboot(const CollectContext& context) {
    return std::make_unique<RebootCollector>(context);
}

}  // namespace vigie::agent
