"""kill -9 at steps all along spooling and sealing (STEP 1 tries each): run again, and the archive is the one of an undisturbed run."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SCRIPT = """
import json, os, random, shutil, signal, sys
from pathlib import Path
sys.path.insert(0, ROOT)
from archive import files, spool
from archive.store import Archive
from tests.support.archive import document
import time

def work(folder):
    archive = Archive(folder)
    archive.seal()
    wanted = [document(n) for n in range(14)]
    done = archive.seen([d.id for d in wanted])
    with archive.spool("crawl") as sink:
        for one in wanted:
            if one.id not in done:
                sink.add(one)
    archive.seal()
    with archive.spool("again") as sink:
        sink.add_many([document(2, "changed"), document(3), document(6, "changed")])
        sink.add_many([document(20, "late"), document(2, "changed")])
    archive.seal()
    return archive

def in_child(folder, after=None, seconds=None):
    pid = os.fork()
    if not pid:
        if after is not None:
            count = 0
            for module, name in ((os, "fsync"), (os, "replace"), (os, "unlink"), (os, "mkdir"), (os, "write")):
                def hurt(*a, real=getattr(module, name), **k):
                    nonlocal count
                    count += 1
                    if count == after:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return real(*a, **k)
                setattr(module, name, hurt)
        work(folder)
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]

def state(folder):
    archive = Archive(folder)
    return [archive.digest(), sorted(d.to_json() for d in archive.documents(revisions=True)), [p.to_json() for p in archive.verify()],
            archive.count()["documents"], archive.count()["revisions"], sorted(archive.seen([document(n).id for n in range(30)]))]

base = Path(sys.argv[1])
began = time.monotonic()
in_child(base / "calm")
took = time.monotonic() - began
rounds = []
after = 1
while True:
    folder = base / "hurt"
    killed = in_child(folder, after=after)
    again = in_child(folder, seconds=random.uniform(0, took) if after % 3 == 0 else None)
    in_child(folder)
    rounds.append([after, killed, again, str(folder) + str(after)])
    folder.rename(base / f"hurt{after}")
    if not killed:
        break
    after += STEP
calm = state(base / "calm")
bad = [r for r in rounds if state(Path(r[3])) != calm]
print(json.dumps({"rounds": len(rounds), "killed": sum(1 for r in rounds if r[1]), "bad": bad, "calm": calm[2:5]}))
"""


def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    script = SCRIPT.replace("ROOT", repr(str(ROOT))).replace("STEP", "4")
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["bad"] == []
    assert told["calm"] == [[], 15, 2]
    assert told["killed"] >= 20, told
