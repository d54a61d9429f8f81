/**
 * The fast runner, a Python program: Python reaches `posix_spawn`, which starts a process without copying the parent's tables
 * of memory as a fork does, puts it into a group of its own in the same step, and tells exact wait statuses. For 1,000 × `true`
 * the fork alone cost more than everything else together in Node, and half of it in Perl and Bash. Where there is no Python of
 * the system, `command-runner.ts` does the same in Node; what the messages mean and what both promise (R1 to R5) stands there
 * and in `runner-protocol.ts`.
 *
 * One loop: wait for requests, ended children, time; take them; look after what is being ended; report. Creating and deleting
 * files is what is slow then (ext4 passes over every number it freed within the last seconds), so an empty log is not deleted
 * but renamed for a later attempt, if a lease shows that nobody has it open any more; and inputs overwrite each other.
 */
export const PYTHON_RUNNER = String.raw`
import fcntl, select, sys, time
# What os and signal are made of: the modules around them take a megabyte, and longer to load than all of this.
import _signal as signal, posix as os

REQUESTS, REPORTS = 3, 4
ENDED_BY_REQUEST, LEFT_PROCESSES, NOT_ENDED = 1, 2, 4
GRACE, LEFT_GRACE, PATIENCE = (int(text) / 1000 for text in sys.argv[1:4])
# What a command must not inherit: Python itself ignores two of them.
DEFAULTS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

live, ending, by_pid = {}, {}, {}
base, folder, spares, reports = {}, None, [], []
# Whether the parent waits for a report. That a command has started is told with the next one, or when there is time:
# waking the parent costs both more than the message.
urgent = leaving = False


class Attempt:
    __slots__ = ("id", "pid", "log", "output", "status", "flags", "until", "killed", "looked", "told")

    def __init__(self, id, pid, log, output):
        self.id, self.pid, self.log, self.output = id, pid, log, output
        self.status, self.flags, self.until = None, 0, None


def report(text):
    global urgent
    reports.append(text)
    urgent = True


def flush():
    global leaving, urgent
    urgent = False
    data = "".join(reports).encode(errors="replace")
    reports.clear()
    while data:
        try:
            data = data[os.write(REPORTS, data):]
        except OSError:
            leaving, data = True, b""


def send(pid, number):
    try:
        os.kill(pid, number)
        return True
    except OSError:
        return False


def remove(path):
    try:
        os.unlink(path)
    except OSError:
        pass


def size_of(path):
    try:
        stat = os.stat(path)
    except OSError:
        return -1
    return stat.st_size if is_file(stat) else -2


def is_file(stat):
    return stat.st_mode & 0o170000 == 0o100000


# The file that stands there and its size, unless a command before made something else of it, locked it or gave it a second
# name: then a new one.
def open_inputs(path):
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        file = os.open(path, flags, 0o600)
        stat = os.fstat(file)
        if stat.st_mode == 0o100600 and stat.st_nlink == 1:
            return file, stat.st_size
        os.close(file)
    except OSError:
        pass
    remove(path)
    if size_of(path) == -2:
        import shutil
        shutil.rmtree(path, ignore_errors=True)
    return os.open(path, flags | os.O_EXCL, 0o600), 0


def write_inputs(path, text):
    file, size = open_inputs(path)
    try:
        if os.write(file, text) != len(text):
            raise OSError(28, "No space left on device")
        if size > len(text):
            os.ftruncate(file, len(text))
    finally:
        os.close(file)


def open_log(path):
    if spares:
        try:
            os.rename(spares.pop(), path)
        except OSError:
            pass
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def keep_or_remove(path):
    try:
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        finally:
            os.close(file)
        spares.append(path)
    except OSError:
        remove(path)


def start(id, cwd, log, output, inputs, text, command, *variables):
    global folder
    stage = "folder"
    try:
        if cwd != folder:
            os.chdir(cwd)
            folder = cwd
        stage = "inputs"
        if text:
            write_inputs(inputs, text)
        stage = "log"
        file = open_log(log)
        try:
            stage = "shell"
            environment = base.copy()
            environment.update(variable.split(b"=", 1) for variable in variables)
            environment[b"SIGNALBOX_OUTPUT"] = output
            environment[b"SIGNALBOX_INPUTS"] = inputs
            to_log = ((os.POSIX_SPAWN_DUP2, file, 1), (os.POSIX_SPAWN_DUP2, file, 2))
            pid = os.posix_spawn("/bin/sh", (b"sh", b"-c", command), environment,
                                 file_actions=to_log, setpgroup=0, setsigdef=DEFAULTS)
        finally:
            os.close(file)
        if b"SIGNALBOX_WORKTREE" in environment:
            # Who stands in a folder keeps it from being removed: a worktree goes when its attempt is over.
            os.chdir(b"/")
            folder = b"/"
    except OSError as problem:
        if stage == "shell":
            remove(log)
        text = " ".join((problem.strerror or str(problem)).split())
        report("F %d %s %d %s\nX %d 32512 -1 0 0\n" % (id, stage, problem.errno or 0, text, id))
        return
    by_pid[pid] = live[id] = Attempt(id, pid, log, output)
    reports.append("S %d %d\n" % (id, pid))


def begin_end(attempt, grace):
    until = time.monotonic() + grace
    if attempt.until is not None:
        if not attempt.killed:
            attempt.until = min(attempt.until, until)
        return
    attempt.until, attempt.killed, attempt.looked, attempt.told = until, False, 0, set()
    ending[attempt.id] = attempt
    send(-attempt.pid, signal.SIGTERM)
    send(-attempt.pid, signal.SIGCONT)


def end(attempt, grace):
    if attempt.status is None:
        attempt.flags |= ENDED_BY_REQUEST
    begin_end(attempt, grace)


def finish(attempt, flags=0):
    del live[attempt.id], by_pid[attempt.pid]
    ending.pop(attempt.id, None)
    status = signal.SIGKILL if attempt.status is None else attempt.status
    output, log = -1, max(0, size_of(attempt.log))
    if status == 0:
        output = size_of(attempt.output)
    else:
        remove(attempt.output)
    if log == 0:
        keep_or_remove(attempt.log)
    report("X %d %d %d %d %d\n" % (attempt.id, status, output, log, attempt.flags | flags))


def reap():
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        attempt = by_pid.get(pid)
        if attempt is None:
            continue
        attempt.status = status
        if attempt.until is not None:
            continue
        if send(-pid, 0):
            attempt.flags |= LEFT_PROCESSES
            begin_end(attempt, LEFT_GRACE)
        else:
            finish(attempt)


def read(path):
    try:
        with open(path, "rb", 0) as file:
            return file.read()
    except OSError:
        return b""


# Living processes of what is being ended: by group, and by the path of the output file, which no other attempt has, in
# their environment. None where there is no /proc.
def look():
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    except OSError:
        return None
    by_group = {attempt.pid: attempt for attempt in ending.values()}
    by_output = {attempt.output: attempt for attempt in ending.values() if attempt.flags & ENDED_BY_REQUEST}
    found = {}
    for name in names:
        _, _, stat = read("/proc/%s/stat" % name).rpartition(b") ")
        if not stat or stat[:1] in b"ZX":
            continue
        attempt = by_group.get(int(stat.split(b" ", 3)[2]))
        if attempt is None and by_output:
            environment = b"\0" + read("/proc/%s/environ" % name)
            attempt = by_output.get(environment.partition(b"\0SIGNALBOX_OUTPUT=")[2].partition(b"\0")[0])
        if attempt is not None:
            found.setdefault(attempt.id, []).append(int(name))
    return found


def tend():
    now = time.monotonic()
    due = False
    for attempt in ending.values():
        if now >= attempt.until and not attempt.killed:
            send(-attempt.pid, signal.SIGKILL)
            attempt.killed, attempt.until, attempt.looked = True, now + PATIENCE, 0
        stray = attempt.flags & ENDED_BY_REQUEST and not has_group(attempt)
        due = due or stray or now - attempt.looked >= 0.25
    found = look() if due else None
    for attempt in list(ending.values()):
        tend_one(attempt, None if found is None else found.get(attempt.id, ()), now)


def has_group(attempt):
    return attempt.status is None or send(-attempt.pid, 0)


def tend_one(attempt, pids, now):
    if pids is None:
        if not has_group(attempt):
            return finish(attempt)
    else:
        attempt.looked = now
        if not pids and attempt.status is not None:
            return finish(attempt)
        number = signal.SIGKILL if attempt.killed else signal.SIGTERM
        for pid in pids:
            if (pid, number) not in attempt.told:
                attempt.told.add((pid, number))
                send(pid, number)
    if attempt.killed and now >= attempt.until:
        finish(attempt, NOT_ENDED)


# Takes the whole requests at the beginning of the buffer; answers the rest.
def serve(buffer):
    at = 0
    while True:
        line_end = buffer.find(b"\n", at)
        if line_end < 0:
            return buffer[at:]
        kind, id, number = buffer[at:line_end].split(b" ")
        id, number, line_end = int(id), int(number), line_end + 1
        if kind == b"K":
            if id in live:
                end(live[id], number / 1000)
            at = line_end
            continue
        if len(buffer) < line_end + number:
            return buffer[at:]
        at = line_end + number
        fields = buffer[line_end:at].split(b"\0")
        if kind == b"S":
            start(id, *fields)
        else:
            base.update(field.split(b"=", 1) for field in fields if field)


def leave(*_):
    global leaving
    leaving = True


def main():
    for file in (REQUESTS, REPORTS):
        os.set_inheritable(file, False)
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    sources = select.poll()
    sources.register(REQUESTS, select.POLLIN)
    sources.register(woken, select.POLLIN)
    report("R\n")
    buffer = b""
    while not leaving or live:
        if urgent:
            flush()
        ready = [file for file, _ in sources.poll(10 if ending else 20 if reports else None)]
        if not ready:
            flush()
        if woken in ready:
            os.read(woken, 4096)
            reap()
            # Before the next start, so that the parent works meanwhile.
            if urgent:
                flush()
        if REQUESTS in ready:
            piece = b"" if leaving else os.read(REQUESTS, 65536)
            buffer = serve(buffer + piece)
            if not piece:
                sources.unregister(REQUESTS)
                leave()
        if leaving:
            for attempt in live.values():
                if attempt.until is None:
                    end(attempt, GRACE)
        if ending:
            tend()
    flush()
    for path in spares:
        remove(path)


main()
`;
