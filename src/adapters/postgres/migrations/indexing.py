"""What keeps postings and vocabulary as the documents are, for its migration. Once released, it stays."""

DOCUMENTS = ("task_words", "comment_words")

# What is new comes in bulk. Each row of a posting stands on its own, so no index is read but to be written.
INDEX_WORDS = """
CREATE FUNCTION remit.index_words() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
    INSERT INTO remit.posting (account_id, term, task_id, weight, source)
    SELECT n.account_id, t.term, n.task_id, t.weight, n.id
    FROM fresh AS n CROSS JOIN LATERAL unnest(n.terms, n.weights) AS t (term, weight);
    INSERT INTO remit.term (account_id, term)
    SELECT DISTINCT n.account_id, t.term FROM fresh AS n CROSS JOIN LATERAL unnest(n.terms) AS t (term)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$
"""
# A task's own postings and those of a comment with the same id differ in weight: only a comment's is 1.
# The one in the subselect is looked up for each term, where a join could be planned over all of the account.
# What goes with an account goes for its owner, who may not be who asks; then it is who it was.
REINDEX_WORDS = """
CREATE FUNCTION remit.reindex_words() RETURNS trigger
LANGUAGE plpgsql SECURITY INVOKER AS $$
DECLARE
    gone text[];
    caller text := current_setting('remit.account_id', true);
BEGIN
    PERFORM set_config('remit.account_id', OLD.account_id::text, true);
    SELECT array_agg(g.term) INTO gone FROM (
        SELECT o.term, o.weight FROM unnest(OLD.terms, OLD.weights) AS o (term, weight)
        EXCEPT SELECT n.term, n.weight FROM unnest(NEW.terms, NEW.weights) AS n (term, weight)
    ) AS g;
    DELETE FROM remit.posting AS p
    WHERE p.account_id = OLD.account_id AND p.term = ANY (gone) AND p.task_id = OLD.task_id
      AND p.weight = ANY (OLD.weights) AND p.source = OLD.id;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO remit.posting (account_id, term, task_id, weight, source)
        SELECT NEW.account_id, n.term, NEW.task_id, n.weight, NEW.id FROM (
            SELECT n.term, n.weight FROM unnest(NEW.terms, NEW.weights) AS n (term, weight)
            EXCEPT SELECT o.term, o.weight FROM unnest(OLD.terms, OLD.weights) AS o (term, weight)
        ) AS n;
        INSERT INTO remit.term (account_id, term)
        SELECT NEW.account_id, n.term FROM (
            SELECT unnest(NEW.terms) AS term EXCEPT SELECT unnest(OLD.terms)
        ) AS n ON CONFLICT DO NOTHING;
    END IF;
    DELETE FROM remit.term AS t
    WHERE t.account_id = OLD.account_id AND t.term = ANY (gone) AND (
        SELECT true FROM remit.posting AS p WHERE p.account_id = t.account_id AND p.term = t.term LIMIT 1
    ) IS NULL;
    PERFORM set_config('remit.account_id', coalesce(caller, ''), true);
    RETURN NULL;
END
$$
"""
TRIGGERS = (
    """
    CREATE TRIGGER index_new AFTER INSERT ON remit.{table} REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION remit.index_words()
    """,
    """
    CREATE TRIGGER index_changed AFTER UPDATE ON remit.{table} FOR EACH ROW
    WHEN (NEW.terms IS DISTINCT FROM OLD.terms OR NEW.weights IS DISTINCT FROM OLD.weights)
    EXECUTE FUNCTION remit.reindex_words()
    """,
    """
    CREATE TRIGGER index_removed AFTER DELETE ON remit.{table} FOR EACH ROW
    EXECUTE FUNCTION remit.reindex_words()
    """,
)
