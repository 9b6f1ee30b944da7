CREATE TABLE "turn_processes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"address" text NOT NULL,
	"known_ids" uuid[] NOT NULL,
	"excess" jsonb NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sites" ALTER COLUMN "max_concurrent_turns" SET DEFAULT 100;
--> statement-breakpoint
-- Sites whose admins never changed the old default get the new one. The limit itself still starts at 16.
UPDATE "sites" SET "max_concurrent_turns" = 100 WHERE "max_concurrent_turns" = 16 AND NOT EXISTS (
	SELECT FROM "audit_entries" WHERE "action" = 'site.updated' AND "target_id" = "sites"."key"
		AND "detail" -> 'changed' ? 'max_concurrent_turns');
