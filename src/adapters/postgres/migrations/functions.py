"""Functions and triggers of the database, for the migrations that make them. Once released, they stay."""

# The arrays are what is written and read; the tables are what ties them to what they name.
TIE = """
CREATE FUNCTION remit.tie_task() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
    DELETE FROM remit.task_label AS t
    WHERE t.account_id = NEW.account_id AND t.task_id = NEW.id AND t.label_id <> ALL (NEW.labels);
    INSERT INTO remit.task_label (account_id, label_id, task_id)
    SELECT NEW.account_id, one, NEW.id FROM unnest(NEW.labels) AS one ON CONFLICT DO NOTHING;
    DELETE FROM remit.blocker AS b
    WHERE b.account_id = NEW.account_id AND b.task_id = NEW.id AND b.blocker_id <> ALL (NEW.blocked_by);
    INSERT INTO remit.blocker (account_id, task_id, blocker_id)
    SELECT NEW.account_id, NEW.id, one FROM unnest(NEW.blocked_by) AS one ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$
"""
TIES = (
    """
    CREATE TRIGGER tie_new AFTER INSERT ON remit.task FOR EACH ROW
    WHEN (cardinality(NEW.labels) > 0 OR cardinality(NEW.blocked_by) > 0) EXECUTE FUNCTION remit.tie_task()
    """,
    """
    CREATE TRIGGER tie_changed AFTER UPDATE OF labels, blocked_by ON remit.task FOR EACH ROW
    WHEN (NEW.labels IS DISTINCT FROM OLD.labels OR NEW.blocked_by IS DISTINCT FROM OLD.blocked_by)
    EXECUTE FUNCTION remit.tie_task()
    """,
)
BEGIN_WRITE = """
CREATE FUNCTION remit.begin_write(
    p_account_id uuid, p_issuer text, p_subject text, p_digest bytea,
    OUT head_seq bigint, OUT head_hash bytea, OUT head_at timestamptz, OUT counts jsonb,
    OUT fingerprint bytea, OUT status integer, OUT headers jsonb, OUT body bytea, OUT expires_at timestamptz
)
LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
    PERFORM set_config('remit.account_id', p_account_id::text, true);
    SELECT a.head_seq, a.head_hash, a.head_at, a.counts INTO head_seq, head_hash, head_at, counts
    FROM remit.account AS a WHERE a.id = p_account_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO remit.account (id, issuer, subject) VALUES (p_account_id, p_issuer, p_subject)
        ON CONFLICT (id) DO NOTHING;
        SELECT a.head_seq, a.head_hash, a.head_at, a.counts INTO head_seq, head_hash, head_at, counts
        FROM remit.account AS a WHERE a.id = p_account_id FOR UPDATE;
    END IF;
    IF p_digest IS NOT NULL THEN
        SELECT w.fingerprint, w.status, w.headers, w.body, w.expires_at
        INTO fingerprint, status, headers, body, expires_at
        FROM remit.answer AS w WHERE w.account_id = p_account_id AND w.digest = p_digest;
    END IF;
END
$$
"""
BEGIN_WRITE_BEFORE = """
CREATE FUNCTION remit.begin_write(
    p_account_id uuid, p_issuer text, p_subject text, p_digest bytea,
    OUT head_seq bigint, OUT head_hash bytea, OUT head_at timestamptz,
    OUT fingerprint bytea, OUT status integer, OUT headers jsonb, OUT body bytea, OUT expires_at timestamptz
)
LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
    PERFORM set_config('remit.account_id', p_account_id::text, true);
    SELECT a.head_seq, a.head_hash, a.head_at INTO head_seq, head_hash, head_at
    FROM remit.account AS a WHERE a.id = p_account_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO remit.account (id, issuer, subject) VALUES (p_account_id, p_issuer, p_subject)
        ON CONFLICT (id) DO NOTHING;
        SELECT a.head_seq, a.head_hash, a.head_at INTO head_seq, head_hash, head_at
        FROM remit.account AS a WHERE a.id = p_account_id FOR UPDATE;
    END IF;
    IF p_digest IS NOT NULL THEN
        SELECT w.fingerprint, w.status, w.headers, w.body, w.expires_at
        INTO fingerprint, status, headers, body, expires_at
        FROM remit.answer AS w WHERE w.account_id = p_account_id AND w.digest = p_digest;
    END IF;
END
$$
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PLACES = " || ".join(f"substr('{DIGITS}', (n / {62**power} % 62)::integer + 1, 1)" for power in (3, 2, 1, 0))
GIVE_RANKS = f"""
UPDATE remit.task AS t SET rank = 'd' || {_PLACES} FROM (
    SELECT account_id, id, row_number() OVER (PARTITION BY account_id ORDER BY created_at, id) AS n
    FROM remit.task
) AS o WHERE t.account_id = o.account_id AND t.id = o.id
"""  # noqa: S608 - nothing from outside is in it
COUNT = f"""
UPDATE remit.account AS a SET counts = jsonb_build_object(
    'rank', {62**4},
    'task', (SELECT count(*) FROM remit.task AS t WHERE t.account_id = a.id),
    'api_token', (SELECT count(*) FROM remit.api_token AS t WHERE t.account_id = a.id)
)
"""  # noqa: S608 - nothing from outside is in it
