// For tests: another StateStore with failures on demand, for "fail operation N" for every N.
#pragma once
#include "controller/store/state_store.hpp"

namespace vigie::controller {

class FaultyStore final : public StateStore {
  public:
    explicit FaultyStore(StateStore& inner) : inner_(inner) {}

    // The commit with this number (the first is 1) and `failing_commits - 1` after it fail with `commit_error`.
    size_t fail_from_commit = 0;  // 0: none
    size_t failing_commits = 1;
    Error commit_error{ErrorCode::no_space, "store: disk full (injected)"};
    std::optional<Error> fail_reads_with;
    // The read with this number (the first is 1) fails with `read_error`, and no other. A cursor's step is a read.
    size_t fail_read = 0;  // 0: none
    Error read_error{ErrorCode::io, "store: read failed (injected)"};
    std::function<void()> after_commit;  // such as: copy the folder as a crash would leave it
    size_t commits_tried = 0;
    mutable size_t gets_tried = 0;
    mutable size_t scans_tried = 0;
    mutable size_t reads_tried = 0;

    Result<void> commit(const StoreBatch& batch) override {
        ++commits_tried;
        if (fail_from_commit > 0 && commits_tried >= fail_from_commit &&
            commits_tried - fail_from_commit < failing_commits) {
            return fail(commit_error);
        }
        VIGIE_CHECK(inner_.commit(batch));
        if (after_commit) {
            after_commit();
        }
        return {};
    }
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        ++gets_tried;
        VIGIE_CHECK(try_read());
        return inner_.get(family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        ++scans_tried;
        VIGIE_CHECK(try_read());
        return inner_.scan(family, from, to, visit);
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        VIGIE_CHECK(try_read());
        return inner_.scan_back(family, from, to, visit);
    }

  private:
    Result<void> try_read() const {
        ++reads_tried;
        return fail_reads_with            ? Result<void>(fail(*fail_reads_with))
               : reads_tried == fail_read ? Result<void>(fail(read_error))
                                          : Result<void>();
    }

    StateStore& inner_;
};

}  // namespace vigie::controller
