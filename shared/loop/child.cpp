// uv_spawn behind ChildProcess. The state outlives its owner until the child is reaped and libuv has closed the
// handles.
#include "shared/loop/child.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include <span>

#include "shared/core/assert.hpp"
#include "shared/os/fd.hpp"

namespace vigie {
namespace {
struct PipeEnds {
    Fd read;
    Fd write;
};
// A pipe rather than libuv's socket pair: a script may open /dev/stderr, which fails on a socket.
Result<PipeEnds> open_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fail(errno_error(errno, "pipe for a child process"));
    }
    return PipeEnds{Fd(ends[0]), Fd(ends[1])};
}
}  // namespace

struct ChildProcess::State {
    struct Output {
        State* owner = nullptr;
        uv_pipe_t pipe{};
        bool is_open = false;
        size_t kept_max = 0;
        bool keeps_head = false;
        std::string kept;
        bool is_cut = false;
        std::function<void(std::string_view)> on_bytes;

        void keep(std::string_view bytes) {
            if (keeps_head) {
                const auto room = kept_max - kept.size();
                is_cut = is_cut || bytes.size() > room;
                kept.append(bytes.substr(0, room));
                return;
            }
            kept.append(bytes);
            if (kept.size() > kept_max) {
                is_cut = true;
            }
            if (kept.size() > 2 * kept_max) {  // not at each read: moving the tail costs
                trim();
            }
        }
        void trim() { kept.erase(0, kept.size() - std::min(kept.size(), kept_max)); }
    };

    explicit State(Loop& on)
        : loop(on), kill_timer(on, [this] { signal_group(SIGKILL); }), linger_timer(on, [this] { finish(); }) {}

    Result<void> attach(Output& output, Fd read_end);
    int spawn(const ChildCommand& command, std::span<const int> inherited);
    void on_process_exit(int64_t exit_status, int signal);
    void signal_group(int signal) const {
        if (pid > 0) {
            kill(-pid, signal);
        }
    }
    void close(Output& output);
    void close_process();
    void finish_when_drained();
    void finish();
    void abandon();  // the owner is gone
    void release_if_closed();

    Loop& loop;
    uv_process_t process{};
    int pid = 0;
    bool is_spawned = false;
    bool is_exited = false;
    bool is_ending = false;
    bool ends_with_group = false;
    bool is_abandoned = false;
    int handles_open = 0;
    Output out, err, progress;
    std::array<char, 16 * 1024> buffer{};  // one read at a time
    ChildExit exit;
    std::function<void(ChildExit)> on_exit;
    Timer kill_timer;
    Timer linger_timer;
};

Result<void> ChildProcess::State::attach(Output& output, Fd read_end) {
    output.owner = this;
    output.pipe.data = &output;
    uv_pipe_init(loop.raw(), &output.pipe, 0);
    output.is_open = true;
    ++handles_open;
    if (const int status = uv_pipe_open(&output.pipe, read_end.get()); status != 0) {
        return fail(ErrorCode::io, "output of a child process: {}", uv_strerror(status));
    }
    read_end.release();
    uv_read_start(
        reinterpret_cast<uv_stream_t*>(&output.pipe),
        [](uv_handle_t* handle, size_t, uv_buf_t* into) {
            auto& shared = static_cast<Output*>(handle->data)->owner->buffer;
            *into = uv_buf_init(shared.data(), static_cast<unsigned>(shared.size()));
        },
        [](uv_stream_t* stream, ssize_t count, const uv_buf_t* from) {
            auto& source = *static_cast<Output*>(stream->data);
            if (count < 0) {
                source.owner->close(source);
                source.owner->finish_when_drained();
            } else if (count > 0 && source.on_bytes) {
                const auto on_bytes = source.on_bytes;  // a copy, since it may destroy the owner
                on_bytes({from->base, static_cast<size_t>(count)});
            } else if (count > 0) {
                source.keep({from->base, static_cast<size_t>(count)});
            }
        });
    return {};
}

// `inherited`: the child's descriptors from 1 on.
int ChildProcess::State::spawn(const ChildCommand& command, std::span<const int> inherited) {
    std::vector<char*> argv;
    for (const auto& word : command.argv) {
        argv.push_back(const_cast<char*>(word.c_str()));
    }
    argv.push_back(nullptr);
    std::vector<std::string> settings;
    for (const auto& [name, value] : command.environment) {
        settings.push_back(name + "=" + value);
    }
    std::vector<char*> environment;
    for (auto& setting : settings) {
        environment.push_back(setting.data());
    }
    environment.push_back(nullptr);
    std::vector<uv_stdio_container_t> stdio(1 + inherited.size());
    stdio[0].flags = UV_IGNORE;  // /dev/null
    for (size_t i = 0; i < inherited.size(); ++i) {
        stdio[i + 1].flags = UV_INHERIT_FD;
        stdio[i + 1].data.fd = inherited[i];
    }
    uv_process_options_t options{};
    options.file = argv[0];
    options.args = argv.data();
    options.env = environment.data();
    options.cwd = command.folder.empty() ? nullptr : command.folder.c_str();
    options.flags = UV_PROCESS_DETACHED;  // setsid
    options.stdio = stdio.data();
    options.stdio_count = static_cast<int>(stdio.size());
    options.exit_cb = [](uv_process_t* ended, int64_t status, int signal) {
        static_cast<State*>(ended->data)->on_process_exit(status, signal);
    };
    process.data = this;
    ++handles_open;
    is_spawned = true;
    // A library may have opened files without O_CLOEXEC, such as spdlog its log. libuv clears the flag again on the
    // child's own descriptors. (A kernel before 5.11 refuses: the child then inherits what it would have anyway.)
    static_cast<void>(close_range(3, ~0U, CLOSE_RANGE_CLOEXEC));
    return uv_spawn(loop.raw(), &process, &options);
}

void ChildProcess::State::on_process_exit(int64_t exit_status, int signal) {
    is_exited = true;
    exit.signal = signal;
    exit.exit_code = signal != 0 ? 128 + signal : static_cast<int>(exit_status);
    if (is_ending || is_abandoned || ends_with_group) {
        signal_group(SIGKILL);  // whoever of the group is left
    }
    kill_timer.stop();
    close_process();
    if (!is_abandoned) {
        linger_timer.start_once(child_output_linger);
        finish_when_drained();
    }
}

void ChildProcess::State::close(Output& output) {
    if (!output.is_open) {
        return;
    }
    output.is_open = false;
    uv_close(reinterpret_cast<uv_handle_t*>(&output.pipe), [](uv_handle_t* handle) {
        auto* owner = static_cast<Output*>(handle->data)->owner;
        --owner->handles_open;
        owner->release_if_closed();
    });
}

void ChildProcess::State::close_process() {
    if (!is_spawned) {
        return;
    }
    is_spawned = false;
    uv_close(reinterpret_cast<uv_handle_t*>(&process), [](uv_handle_t* handle) {
        auto* owner = static_cast<State*>(handle->data);
        --owner->handles_open;
        owner->release_if_closed();
    });
}

void ChildProcess::State::finish_when_drained() {
    if (is_exited && !out.is_open && !err.is_open && !progress.is_open) {
        finish();
    }
}

void ChildProcess::State::finish() {
    linger_timer.stop();
    close(out);
    close(err);
    close(progress);
    if (const auto tell = std::exchange(on_exit, nullptr)) {
        out.trim();
        err.trim();
        exit.stdout_tail = std::move(out.kept);
        exit.stderr_tail = std::move(err.kept);
        exit.is_cut = out.is_cut || err.is_cut;
        tell(std::move(exit));  // may destroy the owner, and so abandon this state
    }
}

void ChildProcess::State::abandon() {
    is_abandoned = true;
    on_exit = nullptr;
    progress.on_bytes = nullptr;
    kill_timer.stop();
    linger_timer.stop();
    close(out);
    close(err);
    close(progress);
    if (pid == 0) {
        close_process();
    } else if (!is_exited) {
        signal_group(SIGKILL);  // its exit callback closes the process handle
    }
    release_if_closed();
}

void ChildProcess::State::release_if_closed() {
    if (is_abandoned && handles_open == 0) {
        // Nothing of this state is on the stack below: finish() and the readers leave a handle that is yet to close.
        delete this;
    }
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(Loop& loop, ChildCommand command,
                                                          std::function<void(ChildExit)> on_exit) {
    VIGIE_ASSERT(loop.on_thread());
    VIGIE_ASSERT(!command.argv.empty());
    if (command.argv[0].find('/') == std::string::npos) {
        return fail(ErrorCode::malformed, "run {}: give the program's path", command.argv[0]);
    }
    std::unique_ptr<ChildProcess> child(new ChildProcess(new State(loop)));
    auto& state = *child->state_;
    state.out.kept_max = command.stdout_max.count;
    state.out.keeps_head = command.keeps_stdout_head;
    state.err.kept_max = command.stderr_max.count;
    state.progress.on_bytes = std::move(command.on_progress);
    state.ends_with_group = command.ends_with_group;
    std::vector<State::Output*> outputs{&state.out, &state.err};
    if (state.progress.on_bytes) {
        outputs.push_back(&state.progress);
    }
    std::vector<Fd> write_ends;
    std::vector<int> inherited;
    for (auto* output : outputs) {
        VIGIE_TRY(auto ends, open_pipe());
        VIGIE_CHECK(state.attach(*output, std::move(ends.read)));
        inherited.push_back(ends.write.get());
        write_ends.push_back(std::move(ends.write));
    }
    if (const int status = state.spawn(command, inherited); status != 0) {
        return fail(errno_error(-status, fmt::format("run {}", command.argv[0])));
    }
    state.pid = state.process.pid;
    state.on_exit = std::move(on_exit);
    return child;
}

ChildProcess::~ChildProcess() {
    state_->abandon();
}

int ChildProcess::pid() const {
    return state_->pid;
}

void ChildProcess::end_group(milliseconds grace) {
    VIGIE_ASSERT(state_->loop.on_thread());
    if (state_->is_exited || state_->is_ending) {
        return;
    }
    state_->is_ending = true;
    state_->signal_group(SIGTERM);
    state_->kill_timer.start_once(grace);
}

}  // namespace vigie
