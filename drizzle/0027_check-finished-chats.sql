CREATE TABLE "chat_flags" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "chat_flags_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint NOT NULL,
	"site_id" bigint NOT NULL,
	"rule" text NOT NULL,
	"source" text NOT NULL,
	"message_id" bigint,
	"reason" text NOT NULL,
	"verdict" text,
	"dismissed_at" timestamp (3) with time zone,
	"dismissed_by_id" bigint,
	"dismissed_by" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chat_flags_source" CHECK ("chat_flags"."source" in ('rule', 'judge')),
	CONSTRAINT "chat_flags_verdict" CHECK ("chat_flags"."verdict" in ('confirmed', 'rejected'))
);
--> statement-breakpoint
CREATE TABLE "check_leases" (
	"chat_session_id" bigint PRIMARY KEY NOT NULL,
	"leased_until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "judge_calls" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "judge_calls_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint NOT NULL,
	"through_message_id" bigint NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"attempt_count" integer DEFAULT 0 NOT NULL,
	"schedule_step" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"claimed_until" timestamp (3) with time zone,
	"last_error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp (3) with time zone,
	CONSTRAINT "judge_calls_chat_session_id_unique" UNIQUE("chat_session_id"),
	CONSTRAINT "judge_calls_status" CHECK ("judge_calls"."status" in ('pending', 'sent', 'failed'))
);
--> statement-breakpoint
-- Chats that ended before the upgrade count as checked. A default of an added column doesn't rewrite the table.
ALTER TABLE "chat_sessions" ADD COLUMN "checked_through_at" timestamp (3) with time zone DEFAULT now();--> statement-breakpoint
ALTER TABLE "chat_sessions" ALTER COLUMN "checked_through_at" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "is_flagged" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "check_switches" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "link_hosts" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "judge" jsonb;--> statement-breakpoint
ALTER TABLE "chat_flags" ADD CONSTRAINT "chat_flags_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_flags" ADD CONSTRAINT "chat_flags_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_flags" ADD CONSTRAINT "chat_flags_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_flags" ADD CONSTRAINT "chat_flags_dismissed_by_id_users_id_fk" FOREIGN KEY ("dismissed_by_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "check_leases" ADD CONSTRAINT "check_leases_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "judge_calls" ADD CONSTRAINT "judge_calls_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "chat_flags_once" ON "chat_flags" USING btree ("chat_session_id","rule",coalesce("message_id", 0));--> statement-breakpoint
CREATE INDEX "chat_flags_judged" ON "chat_flags" USING btree ("rule","site_id","verdict") WHERE "chat_flags"."verdict" is not null;--> statement-breakpoint
CREATE INDEX "chat_flags_recent" ON "chat_flags" USING btree ("created_at","rule","site_id");--> statement-breakpoint
CREATE INDEX "chat_flags_message" ON "chat_flags" USING btree ("message_id") WHERE "chat_flags"."message_id" is not null;--> statement-breakpoint
CREATE INDEX "judge_calls_due" ON "judge_calls" USING btree ("next_attempt_at","id") WHERE "judge_calls"."status" = 'pending';