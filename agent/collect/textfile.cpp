// The folder. A file is read when it has changed; between two changes a collection costs one stat for each.
#include "agent/collect/textfile.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "agent/series/text.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {

bool is_same(const struct stat& a, const struct stat& b) {
    return a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
           a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

struct KnownFile {
    std::string name;
    struct stat read {};
    TextfileReading reading;
    bool is_good = false;
};

class TextfileCollector final : public Collector {
  public:
    explicit TextfileCollector(const CollectContext& context)
        : Collector("textfile"), folder_(context.options.textfile_directory), buffer_(context.sources.buffer) {}

    // Always succeeds: node_textfile_scrape_error tells of what is bad, as in node_exporter.
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        bool has_errors = false;
        if (!folder_.path().empty()) {
            has_errors = !read_folder(out);
        }
        for (const auto& file : files_) {
            for (const auto& one : file.reading.series) {
                out.add_key(one.key, one.value);
            }
        }
        for (const auto& file : files_) {
            has_errors = has_errors || !file.is_good;
            if (file.is_good) {
                path_.assign(folder_.path()).append("/").append(file.name);
                out.add("node_textfile_mtime_seconds", {{"file", path_}},
                        static_cast<double>(file.read.st_mtim.tv_sec));
            }
        }
        out.add("node_textfile_scrape_error", has_errors ? 1 : 0);
        return {};
    }

  private:
    bool read_folder(const SeriesWriter& out) {
        const auto listed = folder_.refresh();
        if (!listed) {
            files_.clear();
            tell({listed.error().message});
            return false;
        }
        // A name that has become one of the host's own since is found by reading all files again.
        const bool is_same_host = !out.has_changed() && out.written().size() == host_keys_bytes_;
        host_keys_bytes_ = out.written().size();
        if (refresh_list() || !is_same_host || has_changed()) {
            read_all(out);
        }
        return true;
    }

    // Whether other files are there than the last time.
    bool refresh_list() {
        const auto is_wanted = [](const std::string& name) { return name.ends_with(".prom"); };
        size_t at = 0;
        bool is_other = false;
        for (const auto& name : folder_.names()) {
            if (is_wanted(name) && at < textfile_files_max) {
                is_other = is_other || at >= files_.size() || files_[at].name != name;
                ++at;
            }
        }
        if (!is_other && at == files_.size()) {
            return false;
        }
        files_.clear();
        for (const auto& name : folder_.names()) {
            if (is_wanted(name) && files_.size() < textfile_files_max) {
                files_.push_back({name, {}, {}, false});
            }
        }
        return true;
    }

    bool has_changed() const {
        return std::any_of(files_.begin(), files_.end(), [this](const KnownFile& file) {
            struct stat now {};
            return fstatat(folder_.fd(), file.name.c_str(), &now, 0) != 0 || !is_same(now, file.read);
        });
    }

    void read_all(const SeriesWriter& out) {
        size_t series = 0;
        size_t bytes = 0;
        seen_.clear();
        std::set<std::string> errors;
        for (auto& file : files_) {
            auto read = read_file(file);
            if (!read) {
                file.reading.series.clear();
                file.reading.errors = {read.error().message};
            }
            drop_known(file.reading, file.name, out, series, bytes);
            file.is_good = file.reading.errors.empty();
            errors.insert(file.reading.errors.begin(), file.reading.errors.end());
        }
        tell(std::move(errors));
    }

    Result<void> read_file(KnownFile& file) {
        file.read = {};
        // Without O_NONBLOCK a named pipe would hold the agent up until somebody writes to it.
        const Fd opened(openat(folder_.fd(), file.name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        if (!opened || fstat(opened.get(), &file.read) != 0) {
            return fail(errno_error(errno, folder_.path() + "/" + file.name));
        }
        if (!S_ISREG(file.read.st_mode)) {
            return fail(ErrorCode::unsupported, "{}/{}: not a file", folder_.path(), file.name);
        }
        VIGIE_TRY(const auto text, buffer_.fill(opened.get(), folder_.path() + "/" + file.name));
        file.reading = parse_textfile(text, file.name);
        return {};
    }

    // Two series of one name and labels in a reading would be one too many; those of the host itself go first, then
    // those of the files in the order of their names.
    void drop_known(TextfileReading& reading, const std::string& file, const SeriesWriter& out, size_t& series,
                    size_t& bytes) {
        std::erase_if(reading.series, [&](const TextfileSeries& one) {
            const auto* why = series >= textfile_series_max || bytes + one.key.size() > textfile_keys_bytes_max
                                  ? "more series than textfile may have"
                              : is_of_host(one.key, out.written()) ? "the agent has this series itself"
                              : !seen_.insert(one.key).second      ? "another file has this series"
                                                                   : nullptr;
            if (why == nullptr) {
                ++series;
                bytes += one.key.size();
            } else if (reading.errors.size() < textfile_errors_max) {
                reading.errors.push_back(fmt::format("{}: {}: {}", file, one.key.substr(0, 128), why));
            }
            return why != nullptr;
        });
    }

    static bool is_of_host(std::string_view key, std::string_view written) {
        if (key.starts_with("node_scrape_collector_") || key.starts_with("node_textfile_")) {
            return true;  // these follow
        }
        for (auto at = written.find(key); at != std::string_view::npos; at = written.find(key, at + 1)) {
            const auto end = at + key.size();
            if ((at == 0 || written[at - 1] == '\n') && end < written.size() && written[end] == '\n') {
                return true;
            }
        }
        return false;
    }

    // Each once, until it is no longer true.
    void tell(std::set<std::string> errors) {
        for (const auto& error : errors) {
            if (!told_.contains(error)) {
                log::warning("collector textfile: {}", error);
            }
        }
        told_ = std::move(errors);
    }

    FolderListing folder_;
    ReadBuffer& buffer_;
    std::vector<KnownFile> files_;
    std::set<std::string, std::less<>> seen_;
    std::set<std::string> told_;
    size_t host_keys_bytes_ = 0;  // of the series before these, the last time
    std::string path_;
};

}  // namespace

std::unique_ptr<Collector> make_textfile(const CollectContext& context) {
    return std::make_unique<TextfileCollector>(context);
}

}  // namespace vigie::agent
