"""Take away each piece of the walls between accounts in turn: some test must go red.

`python -m tests.security.test_mutations` prints the table of specs/security-mutations.md.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POSTGRES = "src/adapters/postgres"
VERSIONS = f"{POSTGRES}/migrations/versions"
PIECES, FUNCTIONS = (f"{POSTGRES}/migrations/{name}.py" for name in ("pieces", "functions"))
INDEXING = f"{POSTGRES}/migrations/indexing.py"
SEARCH = f"{VERSIONS}/{next((ROOT / VERSIONS).glob('*_search.py')).name}"
PROJECTS = f"{VERSIONS}/{next((ROOT / VERSIONS).glob('*_projects.py')).name}"
SUITE = (
    "tests/security/test_walls.py",
    "tests/security/test_twins.py",
    "tests/security/test_twins_at_places.py",
    "tests/integration/test_row_security.py",
    "tests/integration/test_row_security_of_things.py",
    "tests/integration/test_schema.py",
    "tests/integration/test_ties.py",
    "tests/integration/test_postings.py",
    "tests/integration/test_upkeep.py",
    "tests/contract",
)
# They compare the schema with a picture of itself: any change at all is red. What is asked here is who
# sees that accounts are no longer kept apart.
PICTURES = (
    "tests/integration/test_schema.py::test_the_documentation_is_the_schema",
    "tests/integration/test_schema.py::test_tables_and_migrations_agree",
    "tests/integration/test_schema.py::test_constraints_and_indexes_are_as_the_tables_declare_them",
)


@dataclass(frozen=True)
class Mutation:
    """One edit of one file. `what` says what is gone."""

    what: str
    page: str
    before: str
    after: str


MUTATIONS = (
    Mutation("owner filter of reading tasks", f"{POSTGRES}/tasks.py", "(_T.account_id == SOMEBODY.account_id, _T.deleted_at.is_(None))", "(_T.deleted_at.is_(None),)"),
    Mutation("owner filter of saving", f"{POSTGRES}/flush.py", 'table.c.account_id == bindparam("of_account")', "table.c.account_id.is_not(None)"),
    Mutation("ownership check of what is added", "src/application/workspace.py", "        self._own(entity)\n", ""),
    Mutation("ownership check of what is saved", "src/application/workspace.py", "        self._own(after)\n", ""),
    Mutation("owner filter of reading API tokens", f"{POSTGRES}/api_tokens.py", "_T.account_id == SOMEBODY.account_id, _T.id ==", "_T.id =="),
    Mutation("owner filter of reading changes", f"{POSTGRES}/changes.py", "CHANGES.select.where(_C.account_id == self._actor.account_id)", "CHANGES.select"),
    Mutation("owner filter of the journal's ends", f"{POSTGRES}/changes.py", "_ENDS.where(_A.id == self._actor.account_id)", "_ENDS"),
    Mutation("owner filter of the journal's new end", f"{POSTGRES}/flush.py", '_ACCOUNT.c.id == bindparam("of_account")', '_ACCOUNT.c.id.is_not(None) | (_ACCOUNT.c.id == bindparam("of_account"))'),
    Mutation("owner filter of noting a token's use", f"{POSTGRES}/api_tokens.py", "_T.account_id == token.account_id, _T.id == token.id", "_T.id == token.id"),
    Mutation("owner filter of reading things", f"{POSTGRES}/entities.py", "mapper.select.where(mapper.table.c.account_id == owner.account_id)", "mapper.select"),
    Mutation("owner filter of what changes tell of before", f"{POSTGRES}/places.py", "change.account_id == actor.account_id, ", ""),
    Mutation("owner in what there is of it now", f"{POSTGRES}/places.py", "table.c.account_id == self._actor.account_id, ", ""),
    Mutation("owner filter of what is tied", f"{POSTGRES}/places.py", "columns.account_id == self._actor.account_id", "columns.account_id.is_not(None)"),
    Mutation("owner in the tasks that no change tells of", f"{POSTGRES}/places.py", "_T.account_id == self._actor.account_id, ", ""),
    Mutation("owner in what waited for what", f"{POSTGRES}/places.py", "ties.c.account_id == self._actor.account_id, ", ""),
    Mutation("the account in a change's id", f"{POSTGRES}/changes.py", "if change_id != change_id_for(self._actor.account_id, seq):", "if False:"),
    Mutation("row security of account", f"{VERSIONS}/0001_tasks.py", '    protect("account", "id")\n', ""),
    Mutation("row security of task", f"{VERSIONS}/0001_tasks.py", '    protect("task", "account_id")\n', ""),
    Mutation("FORCE of account and task", f"{VERSIONS}/0001_tasks.py", '    op.execute(f"ALTER TABLE remit.{table} FORCE ROW LEVEL SECURITY")\n', ""),
    Mutation("WITH CHECK of account and task", f"{VERSIONS}/0001_tasks.py", " WITH CHECK ({owner} = {CALLER})", " WITH CHECK (true)"),
    Mutation("USING of account and task", f"{VERSIONS}/0001_tasks.py", "USING ({owner} = {CALLER})", "USING (true)"),
    Mutation("row security of api_token", f"{VERSIONS}/0002_api_tokens.py", '    op.execute("ALTER TABLE remit.api_token ENABLE ROW LEVEL SECURITY")\n', ""),
    Mutation("FORCE of api_token", f"{VERSIONS}/0002_api_tokens.py", '    op.execute("ALTER TABLE remit.api_token FORCE ROW LEVEL SECURITY")\n', ""),
    Mutation("policy of api_token", f"{VERSIONS}/0002_api_tokens.py", "USING (account_id = {CALLER}) WITH CHECK (account_id = {CALLER})", "USING (true) WITH CHECK (true)"),
    Mutation("row security of change", f"{VERSIONS}/0004_changes.py", '    op.execute("ALTER TABLE remit.change ENABLE ROW LEVEL SECURITY")\n', ""),
    Mutation("FORCE of change", f"{VERSIONS}/0004_changes.py", '    op.execute("ALTER TABLE remit.change FORCE ROW LEVEL SECURITY")\n', ""),
    Mutation("policy of change", f"{VERSIONS}/0004_changes.py", "USING (account_id = {CALLER}) WITH CHECK (account_id = {CALLER})", "USING (true) WITH CHECK (true)"),
    Mutation("account in the key of task", f"{VERSIONS}/0001_tasks.py", 'sa.PrimaryKeyConstraint("account_id", "id", name="task_pkey")', 'sa.PrimaryKeyConstraint("id", name="task_pkey"), sa.UniqueConstraint("account_id", "id", name="task_id_key")'),
    Mutation("account in the key of api_token", f"{VERSIONS}/0002_api_tokens.py", 'sa.PrimaryKeyConstraint("account_id", "id", name="api_token_pkey")', 'sa.PrimaryKeyConstraint("id", name="api_token_pkey")'),
    Mutation("owner filter of plans", f"{POSTGRES}/notes.py", "columns.account_id == actor.account_id", "columns.account_id.is_not(None)"),
    Mutation("ownership check of answers and plans", "src/application/workspace.py", "        own(self.actor, note, PlanNotFound)\n", ""),
    Mutation("row security of answer and plan", f"{VERSIONS}/0005_answers_and_plans.py", '        op.execute(f"ALTER TABLE remit.{table} ENABLE ROW LEVEL SECURITY")\n', ""),
    Mutation("FORCE of answer and plan", f"{VERSIONS}/0005_answers_and_plans.py", '        op.execute(f"ALTER TABLE remit.{table} FORCE ROW LEVEL SECURITY")\n', ""),
    Mutation("policy of answer and plan", f"{VERSIONS}/0005_answers_and_plans.py", "USING (account_id = {CALLER}) WITH CHECK (account_id = {CALLER})", "USING (true) WITH CHECK (true)"),
    Mutation("owner filter of answers", FUNCTIONS, "w.account_id = p_account_id AND ", ""),
    Mutation("account in the key of answer", f"{VERSIONS}/0005_answers_and_plans.py", 'sa.PrimaryKeyConstraint("account_id", "digest", name="answer_pkey")', 'sa.PrimaryKeyConstraint("digest", name="answer_pkey")'),
    Mutation("account in the key of plan", f"{VERSIONS}/0005_answers_and_plans.py", 'sa.PrimaryKeyConstraint("account_id", "id", name="plan_pkey")', 'sa.PrimaryKeyConstraint("id", name="plan_pkey")'),
    Mutation("account in the key of change", f"{VERSIONS}/0004_changes.py", 'sa.PrimaryKeyConstraint("account_id", "seq", name="change_pkey")', 'sa.PrimaryKeyConstraint("seq", name="change_pkey")'),
    Mutation("owner filter of purging changes", f"{VERSIONS}/0006_upkeep.py", "        WHERE c.account_id = p_account_id AND c.seq > v_floor AND c.seq <= v_last", "        WHERE c.seq > v_floor AND c.seq <= v_last"),
    Mutation("owner filter of moving the floor", f"{VERSIONS}/0006_upkeep.py", "WHERE a.id = p_account_id AND c.account_id = p_account_id AND", "WHERE c.account_id = p_account_id AND"),
    Mutation("owner filter of purging answers and plans", f"{VERSIONS}/0006_upkeep.py", "d.account_id = p_account_id AND ", ""),
    Mutation("who the caller of purge was", f"{VERSIONS}/0006_upkeep.py", "    PERFORM set_config('remit.account_id', v_caller, true);\n", ""),
    Mutation("the least age of what is purged", f"{VERSIONS}/0006_upkeep.py", "v_before > now() - v_least", "v_before > now()"),
    Mutation("the fixed search path of purge", f"{VERSIONS}/0006_upkeep.py", "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$\nDECLARE", "LANGUAGE plpgsql SECURITY DEFINER AS $$\nDECLARE"),
    Mutation("the floor's safety from the server", f"{VERSIONS}/0006_upkeep.py", '    op.execute("REVOKE UPDATE ON remit.account FROM remit_app")\n', ""),
    Mutation("the account that a read sets for row security", f"{POSTGRES}/uow.py", 'func.set_config("remit.account_id", ', 'func.set_config("remit.other", '),
    Mutation("the account that a write sets for row security", FUNCTIONS, "    PERFORM set_config('remit.account_id', p_account_id::text, true);\n", ""),
    Mutation("the end of the setting with its transaction", FUNCTIONS, "p_account_id::text, true)", "p_account_id::text, false)"),
    Mutation("owner in who has a label or a blocker", f"{POSTGRES}/entities.py", "ties.account_id == actor.account_id, ", ""),
    Mutation("owner filter of the trash", f"{POSTGRES}/entities.py", "            columns.account_id == actor.account_id,\n", ""),
    Mutation("owner filter of counts", f"{POSTGRES}/entities.py", ".where(_A.id == self._actor.account_id)", ""),
    Mutation("owner in a page's subtasks", f"{POSTGRES}/showing.py", "other.c.account_id == _T.account_id, ", ""),
    Mutation("owner in a page's blockers", f"{POSTGRES}/showing.py", "(other.c.account_id == _B.account_id) & ", ""),
    Mutation("owner in what blocks a page's tasks", f"{POSTGRES}/showing.py", "            _B.account_id == _T.account_id,\n", ""),
    Mutation("owner in a page's labels", f"{POSTGRES}/tasks.py", "_L.account_id == SOMEBODY.account_id, ", ""),
    Mutation("owner in what is archived", f"{POSTGRES}/tasks.py", "_P.account_id == SOMEBODY.account_id, ", ""),
    Mutation("owner of a group's project", f"{POSTGRES}/grouping.py", "project.c.account_id == owner.account_id, ", ""),
    Mutation("owner of a group's ties", f"{POSTGRES}/grouping.py", "tie.c.account_id == owner.account_id, ", ""),
    Mutation("owner of a group's label", f"{POSTGRES}/grouping.py", "label.c.account_id == owner.account_id, ", ""),
    Mutation("owner of the tasks that are told apart", f"{POSTGRES}/grouping.py", "chosen.select_from(keyed.of).where(*MINE, ", "chosen.select_from(keyed.of).where("),
    Mutation("owner of the tasks of groups", f"{POSTGRES}/grouping.py", "        .where(*MINE)\n", ""),
    Mutation("owner of the projects of groups", f"{POSTGRES}/groups_by_index.py", "_P.account_id == SOMEBODY.account_id, ", ""),
    Mutation("owner of the first tasks of a group", f"{POSTGRES}/groups_by_index.py", "*MINE, *conditions(asked.shape), *wanted", "*conditions(asked.shape), *wanted"),
    Mutation("owner of the tasks of groups by an index", f"{POSTGRES}/groups_by_index.py", "        .where(*MINE)\n", ""),
    Mutation("owner of the tasks that are ranked", f"{POSTGRES}/ranking.py", ".where(*MINE, *conditions(shape))", ".where(*conditions(shape))"),
    Mutation("owner of the tasks of a rank", f"{POSTGRES}/ranking.py", "        .where(*MINE)\n", ""),
    Mutation("owner of what is waited for", f"{POSTGRES}/ranking.py", "            tie.c.account_id == owner.account_id,\n", ""),
    Mutation("owner of what waits", f"{POSTGRES}/ranking.py", "            task.c.account_id == owner.account_id,\n", ""),
    Mutation("owner filter of progress", f"{POSTGRES}/source.py", "_T.account_id == self._actor.account_id, ", ""),
    Mutation("owner filter of dependencies", f"{POSTGRES}/source.py", "_B.account_id == self._actor.account_id", "_B.account_id.is_not(None)"),
    Mutation("owner of the ties that a task loses", FUNCTIONS, "t.account_id = NEW.account_id AND ", ""),
    Mutation("owner of the blockers that a task loses", FUNCTIONS, "b.account_id = NEW.account_id AND ", ""),
    Mutation("row security of projects and the rest", PIECES, '    op.execute(f"ALTER TABLE remit.{table} ENABLE ROW LEVEL SECURITY")\n', ""),
    Mutation("FORCE of projects and the rest", PIECES, 'ENABLE ROW LEVEL SECURITY")\n    op.execute(f"ALTER TABLE remit.{table} FORCE ROW LEVEL SECURITY")\n', 'ENABLE ROW LEVEL SECURITY")\n'),
    Mutation("policy of projects and the rest", PIECES, "USING (account_id = {CALLER}) WITH CHECK (account_id = {CALLER})", "USING (true) WITH CHECK (true)"),
    *(
        Mutation(f"row security of {table}", PIECES, '    op.execute(f"ALTER TABLE remit.{table} ENABLE', f'    table == {table!r} or op.execute(f"ALTER TABLE remit.{{table}} ENABLE')
        for table in ("project", "section", "label", "task_label", "blocker", "comment", "preferences", "view")
    ),
    Mutation("account in the key of view", f"{VERSIONS}/0012_views.py", '*owned("view", "id")', 'sa.PrimaryKeyConstraint("id", name="view_pkey")'),
    *(
        Mutation(f"account in the key of {table}", PROJECTS, f'*owned("{table}", {key})', f'sa.PrimaryKeyConstraint({key}, name="{table}_pkey")')
        for table, key in (("comment", '"id"'), ("task_label", '"label_id", "task_id"'), ("blocker", '"task_id", "blocker_id"'), ("preferences", '"id"'))
    ),
    *(
        Mutation(f"the tie of {table}.{name}", PROJECTS, f'        refers("{table}", "{name}", {other}),\n', "")
        for table, name, other in (("project", "parent_id", '"project"'), ("section", "project_id", '"project"'), ("task_label", "label_id", '"label"'), ("blocker", "blocker_id", '"task", at_commit=True'), ("comment", "task_id", '"task"'), ("preferences", "default_project_id", '"project"'))
    ),
    *(
        Mutation(f"the tie of {table} to its task", PROJECTS, f'        refers("{table}", "task_id", "task", "CASCADE"),\n', "")
        for table in ("task_label", "blocker")
    ),
    Mutation("the tie of task.project_id", PROJECTS, '(("project_id", "project"), ("section_id"', '(("section_id"'),
    Mutation("the tie of task.section_id", PROJECTS, '("section_id", "section"), ("parent_id", "task")', '("parent_id", "task")'),
    Mutation("the tie of task.parent_id", PROJECTS, '("section_id", "section"), ("parent_id", "task")', '("section_id", "section")'),
    Mutation("the tie of an array's ids", PROJECTS, "    for tie in TIES:\n        op.execute(tie)\n", ""),
    Mutation("least privilege of preferences", PROJECTS, '"preferences": "SELECT, INSERT, UPDATE"', '"preferences": "SELECT, INSERT, UPDATE, DELETE"'),
    Mutation("owner of whatever a filter looks into", f"{POSTGRES}/leaves.py", "return [table.c.account_id == owner.account_id for table in tables]", "return [table.c.account_id.is_not(None) for table in tables]"),
    Mutation("owner over a filter's relations", f"{POSTGRES}/relations.py", ".where(*of(owner, *tables))", ""),
    Mutation("owner of the texts over a filter's relations", f"{POSTGRES}/relations.py", "tables = [*way.tables, *([] if texts is None else [texts])]", "tables = way.tables"),
    Mutation("owner of the ties over a filter's relations", f"{POSTGRES}/relations.py", "else [self.ties, self.things]", "else [self.things]"),
    Mutation("owner of the things over a filter's relations", f"{POSTGRES}/relations.py", "[self.things] if self.ties is None else [self.ties, self.things]", "[] if self.ties is None else [self.ties]"),
    Mutation("owner in a filter's texts", f"{POSTGRES}/filters.py", "        return _T.c.id.in_(select(_TEXT.c.id).where(*of(owner, _TEXT), found))\n\n    return written", "        return _T.c.id.in_(select(_TEXT.c.id).where(found))\n\n    return written"),
    Mutation("owner in a filter's checklists", f"{POSTGRES}/filters.py", "*wanted))\n        return _T.c.id.in_(select(_TEXT.c.id).where(*of(owner, _TEXT), found))", "*wanted))\n        return _T.c.id.in_(select(_TEXT.c.id).where(found))"),
    Mutation("owner in a filter's links", f"{POSTGRES}/filters.py", "(link)))\n        return _T.c.id.in_(select(_TEXT.c.id).where(*of(owner, _TEXT), found))", "(link)))\n        return _T.c.id.in_(select(_TEXT.c.id).where(found))"),
    Mutation("owner in the ties of what a filter's tasks block", f"{POSTGRES}/filters.py", "*of(owner, ties, waiting)", "*of(owner, waiting)"),
    Mutation("owner of what a filter's tasks block", f"{POSTGRES}/filters.py", "*of(owner, ties, waiting)", "*of(owner, ties)"),
    Mutation("owner in a filter's names of projects and sections", f"{POSTGRES}/filters.py", "*of(owner, texts), passes(leaf)(texts.c.name)", "passes(leaf)(texts.c.name)"),
    Mutation("owner in a filter's labels by id", f"{POSTGRES}/filters.py", "*of(owner, ties), passes(leaf)", "passes(leaf)"),
    Mutation("owner in who has a filter's labels by name", f"{POSTGRES}/filters.py", "*of(owner, ties, labels)", "*of(owner, labels)"),
    Mutation("owner in a filter's labels by name", f"{POSTGRES}/filters.py", "*of(owner, ties, labels)", "*of(owner, ties)"),
    Mutation("owner in a filter's comments", f"{POSTGRES}/filters.py", "*of(owner, comments), ", ""),
    Mutation("owner in the texts of a filter's comments", f"{POSTGRES}/filters.py", "found.where(*of(owner, texts), ", "found.where("),
    Mutation("owner in a filter's archived projects", f"{POSTGRES}/filters.py", "*of(owner, projects), ", ""),
    Mutation("owner in a filter's subtasks", f"{POSTGRES}/filters.py", "*of(owner, below), ", ""),
    Mutation("owner in what blocks a filter's tasks", f"{POSTGRES}/filters.py", "*of(owner, ties, blocker)", "*of(owner, blocker)"),
    Mutation("owner in a filter's blockers by id", f"{POSTGRES}/filters.py", "passes(leaf)(ties.c.blocker_id), *of(owner, ties)", "passes(leaf)(ties.c.blocker_id)"),
    Mutation("owner in a filter's blockers", f"{POSTGRES}/filters.py", "*of(owner, ties, blocker)", "*of(owner, ties)"),
    Mutation("owner in a sort by title", f"{POSTGRES}/sorting.py", "_TEXT.account_id == owner.account_id, ", ""),
    Mutation("owner filter of the summary", f"{POSTGRES}/summary.py", "_T.account_id == actor.account_id, ", ""),
    Mutation("owner in what the summary leaves out", f"{POSTGRES}/summary.py", "_P.account_id == actor.account_id, _P.archived_at", "_P.archived_at"),
    Mutation("owner in the summary's names", f"{POSTGRES}/summary.py", "_P.account_id == actor.account_id, _P.id ==", "_P.id =="),
    Mutation("row security of folded texts", PIECES, '    op.execute(f"ALTER TABLE remit.{table} ENABLE', '    table.endswith("_text") or op.execute(f"ALTER TABLE remit.{table} ENABLE'),
    Mutation("FORCE of folded texts", PIECES, '    op.execute(f"ALTER TABLE remit.{table} FORCE', '    table.endswith("_text") or op.execute(f"ALTER TABLE remit.{table} FORCE'),
    Mutation("policy of folded texts", PIECES, 'f"USING (account_id = {CALLER}) WITH CHECK (account_id = {CALLER})"', '+ ("USING (true) WITH CHECK (true)" if table.endswith("_text") else f"USING (account_id = {CALLER}) WITH CHECK (account_id = {CALLER})")'),
    Mutation("owner filter of postings", f"{POSTGRES}/matching.py", "where(P.account_id == SOMEBODY.account_id, word.has", "where(word.has"),
    Mutation("owner filter of postings by key", f"{POSTGRES}/matching.py", "(P.account_id == SOMEBODY.account_id, P.term == any_(word.listed)", "(P.term == any_(word.listed)"),
    Mutation("owner filter of the newest postings", f"{POSTGRES}/scoring.py", "where(P.account_id == SOMEBODY.account_id, P.term == term.c.term)", "where(P.term == term.c.term)"),
    Mutation("owner filter of the vocabulary", f"{POSTGRES}/vocabulary.py", "_MINE = _V.account_id == SOMEBODY.account_id", "_MINE = _V.account_id.is_not(None)"),
    Mutation("owner filter of what begins wrong", f"{POSTGRES}/vocabulary.py", "where(term.account_id == SOMEBODY.account_id, begins)", "where(begins)"),
    Mutation("owner filter of what a word begins", f"{POSTGRES}/vocabulary.py", "where(term.account_id == SOMEBODY.account_id, begun)", "where(begun)"),
    Mutation("owner filter of documents", f"{POSTGRES}/matching.py", "(documents.c.account_id == SOMEBODY.account_id, documents.c[of] == tasks.c.task_id)", "(documents.c[of] == tasks.c.task_id,)"),
    Mutation("owner of the postings that a document loses", INDEXING, "p.account_id = OLD.account_id AND p.term", "p.term"),
    Mutation("row security of documents", SEARCH, '        protect(table, "SELECT, INSERT, UPDATE")\n', '        op.execute(f"GRANT SELECT, INSERT, UPDATE ON remit.{table} TO remit_app")\n'),
    Mutation("row security of postings and vocabulary", SEARCH, '        protect(table, "SELECT, INSERT, DELETE")\n', '        op.execute(f"GRANT SELECT, INSERT, DELETE ON remit.{table} TO remit_app")\n'),
    Mutation("account in the keys of postings and vocabulary", SEARCH, "sa.PrimaryKeyConstraint(*typed, name", "sa.PrimaryKeyConstraint(*list(typed)[1:], name"),
    Mutation("least privilege of postings and vocabulary", SEARCH, '"SELECT, INSERT, DELETE"', '"SELECT, INSERT, UPDATE, DELETE"'),
    Mutation("the caller that a trigger puts back", INDEXING, "    PERFORM set_config('remit.account_id', coalesce(caller, ''), true);\n", ""),
)  # fmt: skip


def outcome(mutation: Mutation | None) -> str:
    """What the suite says of the tree with the mutation: the first test that failed, or 'survived'."""
    with tempfile.TemporaryDirectory(prefix="remit-mutation-") as folder:
        tree = Path(folder) / "tree"
        Path(folder).chmod(0o711)
        for part in ("src", "tests", "specs", "pyproject.toml"):
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(
                    source, tree / part, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
                )
            else:
                shutil.copy(source, tree / part)
        if mutation is not None:
            page = tree / mutation.page
            text = page.read_text()
            assert mutation.before in text, mutation.what
            page.write_text(text.replace(mutation.before, mutation.after))
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "--durations=0",
            *SUITE,
            *(f"--deselect={picture}" for picture in PICTURES),
        ]
        environment = os.environ | {"PYTHONPATH": str(tree / "src")}
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
    # An error is no failure: where nothing can be migrated or imported, no test has seen anything.
    lines = (line for line in done.stdout.splitlines() if line.startswith("FAILED "))
    failed = [line.partition(" ")[2].partition(" - ")[0].partition("[")[0] for line in lines]
    return (
        failed[0]
        if failed
        else f"survived ({done.returncode})"
        if done.returncode == 0
        else "broke the suite"
    )


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_what_would_be_taken_away_is_there(mutation: Mutation) -> None:
    assert mutation.before in (ROOT / mutation.page).read_text()


@pytest.mark.long
def test_the_suite_is_green_without_a_mutation() -> None:
    assert outcome(None) == "survived (0)"


@pytest.mark.long
@pytest.mark.rule("DB-1", "DB-2", "DB-4", "DB-5")
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_some_test_sees_that_it_is_gone(mutation: Mutation) -> None:
    assert outcome(mutation).startswith("tests/")


def table() -> Iterator[str]:
    yield "| taken away | in | the first test that fails |"
    yield "|---|---|---|"
    for mutation in MUTATIONS:
        yield f"| {mutation.what} | `{Path(mutation.page).name}` | `{outcome(mutation)}` |"


if __name__ == "__main__":
    for line in table():
        print(line, flush=True)
