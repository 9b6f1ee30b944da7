CREATE TABLE "deleted_sessions" (
	"id_hash" text PRIMARY KEY NOT NULL,
	"deleted_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "deleted_sessions_old" ON "deleted_sessions" USING btree ("deleted_at");