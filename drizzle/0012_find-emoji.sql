CREATE INDEX CONCURRENTLY "leads_terms" ON "leads" USING gin (search_document(coalesce("name", '') || ' | ' || coalesce("email", '') || ' | ' || coalesce("phone", '') || ' | ' || coalesce("company", '')));--> statement-breakpoint
CREATE INDEX CONCURRENTLY "messages_terms" ON "messages" USING gin (search_document("message"));--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "leads_words";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "messages_words";
