CREATE INDEX CONCURRENTLY "leads_words" ON "leads" USING gin (search_document(coalesce("name", '') || ' | ' || coalesce("email", '') || ' | ' || coalesce("phone", '') || ' | ' || coalesce("company", '')));--> statement-breakpoint
CREATE INDEX CONCURRENTLY "messages_words" ON "messages" USING gin (search_document("message"));--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "leads_search";--> statement-breakpoint
DROP INDEX CONCURRENTLY IF EXISTS "messages_search";
