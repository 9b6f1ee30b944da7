CREATE TABLE "turn_trials" (
	"turn_id" uuid PRIMARY KEY NOT NULL,
	"trial" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_entries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_entries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"action" text NOT NULL,
	"actor_type" text NOT NULL,
	"user_id" bigint,
	"actor_name" text NOT NULL,
	"chat_session_id" bigint,
	"target_type" text,
	"target_id" text,
	"target_name" text,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "canned_replies" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "canned_replies_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" bigint,
	"title" text NOT NULL,
	"text" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mails" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "mails_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"template" text NOT NULL,
	"to" text NOT NULL,
	"subject" text NOT NULL,
	"html" text NOT NULL,
	"text" text NOT NULL,
	"chat_session_id" bigint,
	"sealed_link" text,
	"dedupe_key" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"status" text NOT NULL,
	"attempt_count" integer DEFAULT 0 NOT NULL,
	"schedule_step" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"claimed_until" timestamp (3) with time zone,
	"last_error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp (3) with time zone,
	CONSTRAINT "mails_status" CHECK ("mails"."status" in ('pending', 'sent', 'failed', 'outbox'))
);
--> statement-breakpoint
CREATE TABLE "memory_marks" (
	"source" text PRIMARY KEY NOT NULL,
	"row_id" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "memory_rows" (
	"source" text NOT NULL,
	"row_id" bigint NOT NULL,
	"taken_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "memory_rows_source_row_id_pk" PRIMARY KEY("source","row_id")
);
--> statement-breakpoint
CREATE TABLE "messenger_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "messenger_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"page_id" text NOT NULL,
	"psid" text NOT NULL,
	"dedupe_key" text NOT NULL,
	"is_standby" boolean DEFAULT false NOT NULL,
	"payload" text NOT NULL,
	"sent_at" timestamp (3) with time zone NOT NULL,
	"attempt_count" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"error" text,
	"handled_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "messenger_events_dedupe_key_unique" UNIQUE("dedupe_key")
);
--> statement-breakpoint
CREATE TABLE "messenger_pages" (
	"page_id" text PRIMARY KEY NOT NULL,
	"name" text,
	"site_id" bigint,
	"last_event_at" timestamp (3) with time zone,
	"refused_token" text,
	"last_error" text,
	"last_error_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "messenger_sends" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "messenger_sends_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint NOT NULL,
	"message_id" bigint NOT NULL,
	"metadata" uuid NOT NULL,
	"text" text NOT NULL,
	"quick_replies" text[] DEFAULT '{}' NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"attempt_count" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone NOT NULL,
	"claimed_until" timestamp (3) with time zone,
	"mid" text,
	"last_error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp (3) with time zone,
	CONSTRAINT "messenger_sends_metadata_unique" UNIQUE("metadata"),
	CONSTRAINT "messenger_sends_status" CHECK ("messenger_sends"."status" in ('pending', 'sent', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "messenger_threads" (
	"page_id" text NOT NULL,
	"psid" text NOT NULL,
	"chat_session_id" bigint NOT NULL,
	"disclosed_at" timestamp (3) with time zone,
	"name_asked_at" timestamp (3) with time zone,
	CONSTRAINT "messenger_threads_page_id_psid_pk" PRIMARY KEY("page_id","psid"),
	CONSTRAINT "messenger_threads_chat_session_id_unique" UNIQUE("chat_session_id")
);
--> statement-breakpoint
CREATE TABLE "notes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint NOT NULL,
	"note" text NOT NULL,
	"user_id" bigint,
	"author_name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"edited_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "replays" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "replays_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" bigint NOT NULL,
	"source_id" bigint,
	"chat_session_id" bigint NOT NULL,
	"status" text DEFAULT 'running' NOT NULL,
	"messages" text[] NOT NULL,
	"sent_count" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "replays_status" CHECK ("replays"."status" in ('running', 'done', 'cancelled', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "review_locks" (
	"chat_session_id" bigint PRIMARY KEY NOT NULL,
	"user_id" bigint NOT NULL,
	"locked_until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "saved_filters" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "saved_filters_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" bigint NOT NULL,
	"name" text NOT NULL,
	"filter" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "counted_sessions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "counted_sessions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint,
	"bucket_at" timestamp (3) with time zone,
	"contribution" jsonb,
	"is_kept" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "statistics_due" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "statistics_due_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "statistics_keys" (
	"site_id" bigint NOT NULL,
	"grain" smallint NOT NULL,
	"bucket_at" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"count" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "statistics_keys_site_id_grain_bucket_at_kind_key_pk" PRIMARY KEY("site_id","grain","bucket_at","kind","key")
);
--> statement-breakpoint
CREATE TABLE "statistics_sources" (
	"site_id" bigint NOT NULL,
	"grain" smallint NOT NULL,
	"bucket_at" timestamp (3) with time zone NOT NULL,
	"source" text NOT NULL,
	"campaign" text NOT NULL,
	"sessions" integer DEFAULT 0 NOT NULL,
	"ai_engaged" integer DEFAULT 0 NOT NULL,
	"complete" integer DEFAULT 0 NOT NULL,
	"abandoned" integer DEFAULT 0 NOT NULL,
	"archived" integer DEFAULT 0 NOT NULL,
	"leads" integer DEFAULT 0 NOT NULL,
	"unchecked" integer DEFAULT 0 NOT NULL,
	"passed" integer DEFAULT 0 NOT NULL,
	"issue" integer DEFAULT 0 NOT NULL,
	"fixed" integer DEFAULT 0 NOT NULL,
	"engaged" integer DEFAULT 0 NOT NULL,
	"contact_given" integer DEFAULT 0 NOT NULL,
	"completed" integer DEFAULT 0 NOT NULL,
	"delivered" integer DEFAULT 0 NOT NULL,
	"messages" integer DEFAULT 0 NOT NULL,
	"turns" integer DEFAULT 0 NOT NULL,
	"failed_turns" integer DEFAULT 0 NOT NULL,
	"fallback_turns" integer DEFAULT 0 NOT NULL,
	"shown" integer DEFAULT 0 NOT NULL,
	"opened" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "statistics_sources_site_id_grain_bucket_at_source_campaign_pk" PRIMARY KEY("site_id","grain","bucket_at","source","campaign")
);
--> statement-breakpoint
CREATE TABLE "statistics_times" (
	"site_id" bigint NOT NULL,
	"grain" smallint NOT NULL,
	"bucket_at" timestamp (3) with time zone NOT NULL,
	"sessions" integer DEFAULT 0 NOT NULL,
	"ai_engaged" integer DEFAULT 0 NOT NULL,
	"complete" integer DEFAULT 0 NOT NULL,
	"abandoned" integer DEFAULT 0 NOT NULL,
	"archived" integer DEFAULT 0 NOT NULL,
	"leads" integer DEFAULT 0 NOT NULL,
	"unchecked" integer DEFAULT 0 NOT NULL,
	"passed" integer DEFAULT 0 NOT NULL,
	"issue" integer DEFAULT 0 NOT NULL,
	"fixed" integer DEFAULT 0 NOT NULL,
	"engaged" integer DEFAULT 0 NOT NULL,
	"contact_given" integer DEFAULT 0 NOT NULL,
	"completed" integer DEFAULT 0 NOT NULL,
	"delivered" integer DEFAULT 0 NOT NULL,
	"messages" integer DEFAULT 0 NOT NULL,
	"turns" integer DEFAULT 0 NOT NULL,
	"failed_turns" integer DEFAULT 0 NOT NULL,
	"fallback_turns" integer DEFAULT 0 NOT NULL,
	"shown" integer DEFAULT 0 NOT NULL,
	"opened" integer DEFAULT 0 NOT NULL,
	"first_byte_bins" integer[] DEFAULT '{}' NOT NULL,
	"answer_bins" integer[] DEFAULT '{}' NOT NULL,
	"complete_bins" integer[] DEFAULT '{}' NOT NULL,
	CONSTRAINT "statistics_times_site_id_grain_bucket_at_pk" PRIMARY KEY("site_id","grain","bucket_at")
);
--> statement-breakpoint
CREATE TABLE "widget_counts" (
	"site_id" bigint NOT NULL,
	"bucket_at" timestamp (3) with time zone NOT NULL,
	"source" text NOT NULL,
	"campaign" text NOT NULL,
	"shown" integer DEFAULT 0 NOT NULL,
	"opened" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "widget_counts_bucket_at_site_id_source_campaign_pk" PRIMARY KEY("bucket_at","site_id","source","campaign")
);
--> statement-breakpoint
CREATE TABLE "widget_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "widget_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"site_id" bigint NOT NULL,
	"bucket_at" timestamp (3) with time zone NOT NULL,
	"source" text NOT NULL,
	"campaign" text NOT NULL,
	"shown" integer DEFAULT 0 NOT NULL,
	"opened" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "invitations" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "invitations_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"email" text NOT NULL,
	"role" text NOT NULL,
	"token_hash" text NOT NULL,
	"invited_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "invitations_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "invitations_role" CHECK ("invitations"."role" in ('admin', 'agent'))
);
--> statement-breakpoint
ALTER TABLE "deliveries" DROP CONSTRAINT "deliveries_chat_session_id_chat_sessions_id_fk";
--> statement-breakpoint
DROP INDEX "automation_errors_group";--> statement-breakpoint
DROP INDEX "error_groups_list";--> statement-breakpoint
DROP INDEX "chat_sessions_list";--> statement-breakpoint
DROP INDEX "chat_sessions_site_list";--> statement-breakpoint
DROP INDEX "chat_sessions_open";--> statement-breakpoint
DROP INDEX "chat_sessions_qa";--> statement-breakpoint
DROP INDEX "leads_list";--> statement-breakpoint
DROP INDEX "deliveries_list";--> statement-breakpoint
ALTER TABLE "ai_turns" ADD COLUMN "site_id" bigint;--> statement-breakpoint
ALTER TABLE "ai_turns" ADD COLUMN "is_test" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "error_groups" ADD COLUMN "is_alert_owed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "error_groups" ADD COLUMN "alerted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "review_queued_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "review_queued_because" text;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "review_drawn_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "pages" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "last_question" text;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "greeting_variant" text;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "consent_version" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "consented_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD COLUMN "reply_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "promise_due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "first_contact_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "first_contact_by" text;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "overdue_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "reasons" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "message_id" bigint;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "greetings" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "invitation" jsonb;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "ai_disclosure" text;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "consent" jsonb;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "has_storage_before_interaction" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "retention_days" integer;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "developer_emails" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "review_sample_percent" integer DEFAULT 20 NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "promise_hours" integer DEFAULT 24 NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "ai_alerted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "archived_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "auth_sessions" ADD COLUMN "user_agent" text;--> statement-breakpoint
ALTER TABLE "auth_sessions" ADD COLUMN "created_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "auth_sessions" ADD COLUMN "last_seen_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "user_tokens" ADD COLUMN "user_id" bigint;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "time_zone" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "wants_daily_summary" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "last_seen_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD COLUMN "previous_sealed_secret" text;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD COLUMN "previous_secret_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD COLUMN "failing_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD COLUMN "deleted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "turn_trials" ADD CONSTRAINT "turn_trials_turn_id_ai_turns_turn_id_fk" FOREIGN KEY ("turn_id") REFERENCES "public"."ai_turns"("turn_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_entries" ADD CONSTRAINT "audit_entries_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_entries" ADD CONSTRAINT "audit_entries_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "canned_replies" ADD CONSTRAINT "canned_replies_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mails" ADD CONSTRAINT "mails_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messenger_pages" ADD CONSTRAINT "messenger_pages_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messenger_sends" ADD CONSTRAINT "messenger_sends_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messenger_threads" ADD CONSTRAINT "messenger_threads_page_id_messenger_pages_page_id_fk" FOREIGN KEY ("page_id") REFERENCES "public"."messenger_pages"("page_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messenger_threads" ADD CONSTRAINT "messenger_threads_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notes" ADD CONSTRAINT "notes_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notes" ADD CONSTRAINT "notes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "replays" ADD CONSTRAINT "replays_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "replays" ADD CONSTRAINT "replays_source_id_chat_sessions_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."chat_sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "replays" ADD CONSTRAINT "replays_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "review_locks" ADD CONSTRAINT "review_locks_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "review_locks" ADD CONSTRAINT "review_locks_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saved_filters" ADD CONSTRAINT "saved_filters_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "counted_sessions" ADD CONSTRAINT "counted_sessions_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_entries_session" ON "audit_entries" USING btree ("chat_session_id","id") WHERE "audit_entries"."chat_session_id" is not null;--> statement-breakpoint
CREATE INDEX "audit_entries_user" ON "audit_entries" USING btree ("user_id","created_at","id") WHERE "audit_entries"."user_id" is not null;--> statement-breakpoint
CREATE INDEX "audit_entries_action" ON "audit_entries" USING btree ("action","created_at","id");--> statement-breakpoint
CREATE INDEX "audit_entries_list" ON "audit_entries" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "canned_replies_list" ON "canned_replies" USING btree (coalesce("user_id", 0),"created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "mails_dedupe" ON "mails" USING btree ("dedupe_key",lower("to"));--> statement-breakpoint
CREATE INDEX "mails_due" ON "mails" USING btree ("next_attempt_at","id") WHERE "mails"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "mails_list" ON "mails" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "mails_status_list" ON "mails" USING btree ("status","created_at","id");--> statement-breakpoint
CREATE INDEX "mails_session" ON "mails" USING btree ("chat_session_id") WHERE "mails"."chat_session_id" is not null;--> statement-breakpoint
CREATE INDEX "messenger_events_due" ON "messenger_events" USING btree ("sent_at","id") WHERE "messenger_events"."handled_at" is null;--> statement-breakpoint
CREATE INDEX "messenger_events_thread" ON "messenger_events" USING btree ("page_id","psid","sent_at","id") WHERE "messenger_events"."handled_at" is null;--> statement-breakpoint
CREATE INDEX "messenger_events_visitor" ON "messenger_events" USING btree ("page_id","psid");--> statement-breakpoint
CREATE INDEX "messenger_events_handled" ON "messenger_events" USING btree ("handled_at") WHERE "messenger_events"."handled_at" is not null;--> statement-breakpoint
CREATE INDEX "messenger_sends_due" ON "messenger_sends" USING btree ("next_attempt_at","id") WHERE "messenger_sends"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "messenger_sends_thread" ON "messenger_sends" USING btree ("chat_session_id","id") WHERE "messenger_sends"."status" = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX "messenger_sends_mid" ON "messenger_sends" USING btree ("mid") WHERE "messenger_sends"."mid" is not null;--> statement-breakpoint
CREATE INDEX "notes_session" ON "notes" USING btree ("chat_session_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "replays_session" ON "replays" USING btree ("chat_session_id");--> statement-breakpoint
CREATE UNIQUE INDEX "replays_running" ON "replays" USING btree ("user_id") WHERE "replays"."status" = 'running';--> statement-breakpoint
CREATE INDEX "replays_source" ON "replays" USING btree ("source_id");--> statement-breakpoint
CREATE UNIQUE INDEX "saved_filters_name" ON "saved_filters" USING btree ("user_id",lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "counted_sessions_session" ON "counted_sessions" USING btree ("chat_session_id");--> statement-breakpoint
CREATE INDEX "counted_sessions_gone" ON "counted_sessions" USING btree ("id") WHERE "counted_sessions"."chat_session_id" is null and not "counted_sessions"."is_kept";--> statement-breakpoint
CREATE INDEX "counted_sessions_day" ON "counted_sessions" USING btree ("bucket_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_email_unique" ON "invitations" USING btree (lower("email"));--> statement-breakpoint
ALTER TABLE "ai_turns" ADD CONSTRAINT "ai_turns_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_tokens" ADD CONSTRAINT "user_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "ai_turns_list" ON "ai_turns" USING btree ("started_at","id") WHERE not "ai_turns"."is_test";--> statement-breakpoint
CREATE INDEX "ai_turns_site_list" ON "ai_turns" USING btree ("site_id","started_at","id") WHERE not "ai_turns"."is_test";--> statement-breakpoint
CREATE INDEX "ai_turns_failed_list" ON "ai_turns" USING btree ("started_at","id") WHERE not "ai_turns"."is_test" and "ai_turns"."outcome" not in ('ok', 'dropped');--> statement-breakpoint
CREATE INDEX "error_groups_open" ON "error_groups" USING btree ("last_seen_at","id") WHERE "error_groups"."resolved_at" is null;--> statement-breakpoint
CREATE INDEX "error_groups_workflow" ON "error_groups" USING btree ("workflow","last_seen_at","id");--> statement-breakpoint
CREATE INDEX "chat_sessions_assignee_list" ON "chat_sessions" USING btree ("assignee_id","last_activity_at","id") WHERE "chat_sessions"."assignee_id" is not null;--> statement-breakpoint
CREATE INDEX "chat_sessions_channel_list" ON "chat_sessions" USING btree ("channel","last_activity_at","id") WHERE "chat_sessions"."channel" <> 'web';--> statement-breakpoint
CREATE INDEX "chat_sessions_assignee" ON "chat_sessions" USING btree ("assignee_id","last_activity_at","id") WHERE "chat_sessions"."assignee_id" is not null;--> statement-breakpoint
CREATE INDEX "chat_sessions_channel" ON "chat_sessions" USING btree ("channel","last_activity_at","id") WHERE "chat_sessions"."channel" <> 'web';--> statement-breakpoint
CREATE INDEX "chat_sessions_long" ON "chat_sessions" USING btree ("last_activity_at","id") WHERE "chat_sessions"."last_activity_at" - "chat_sessions"."created_at" > interval '6 hours';--> statement-breakpoint
CREATE INDEX "chat_sessions_reviewed" ON "chat_sessions" USING btree ("qa_status","last_activity_at","id") WHERE "chat_sessions"."qa_status" <> 'unchecked';--> statement-breakpoint
CREATE INDEX "chat_sessions_review_queue" ON "chat_sessions" USING btree ("review_queued_at","id") WHERE "chat_sessions"."review_queued_at" is not null and "chat_sessions"."qa_status" = 'unchecked';--> statement-breakpoint
CREATE INDEX "chat_sessions_review_due" ON "chat_sessions" USING btree ("id") WHERE "chat_sessions"."review_queued_at" is null and "chat_sessions"."qa_status" = 'unchecked' and "chat_sessions"."channel" <> 'test' and ("chat_sessions"."completion_status" = 'complete' or ("chat_sessions"."completion_status" = 'abandoned' and ("chat_sessions"."review_drawn_at" is null or "chat_sessions"."review_drawn_at" < "chat_sessions"."last_activity_at")));--> statement-breakpoint
CREATE INDEX "leads_phone" ON "leads" USING btree ("phone");--> statement-breakpoint
CREATE INDEX "leads_score_list" ON "leads" USING btree ("score","id");--> statement-breakpoint
CREATE INDEX "leads_promise" ON "leads" USING btree ("promise_due_at","id") WHERE "leads"."promise_due_at" is not null and "leads"."first_contact_at" is null;--> statement-breakpoint
CREATE INDEX "leads_promise_watch" ON "leads" USING btree ("promise_due_at") WHERE "leads"."promise_due_at" is not null and "leads"."first_contact_at" is null and "leads"."overdue_at" is null;--> statement-breakpoint
CREATE INDEX "reviews_recent" ON "reviews" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "reviews_message" ON "reviews" USING btree ("message_id") WHERE "reviews"."message_id" is not null;--> statement-breakpoint
CREATE INDEX "auth_sessions_user" ON "auth_sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "user_tokens_user" ON "user_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "deliveries_old" ON "deliveries" USING btree ("created_at","id") WHERE "deliveries"."body" <> '' and "deliveries"."status" <> 'pending';--> statement-breakpoint
CREATE INDEX "automation_errors_group" ON "automation_errors" USING btree ("group_id","id");--> statement-breakpoint
CREATE INDEX "error_groups_list" ON "error_groups" USING btree ("last_seen_at","id");--> statement-breakpoint
CREATE INDEX "chat_sessions_list" ON "chat_sessions" USING btree ("archive_status","last_activity_at","id");--> statement-breakpoint
CREATE INDEX "chat_sessions_site_list" ON "chat_sessions" USING btree ("site_id","last_activity_at","id");--> statement-breakpoint
CREATE INDEX "chat_sessions_open" ON "chat_sessions" USING btree ("last_activity_at","id") WHERE "chat_sessions"."completion_status" = 'in_progress';--> statement-breakpoint
CREATE INDEX "chat_sessions_qa" ON "chat_sessions" USING btree ("qa_status","last_activity_at","id") WHERE "chat_sessions"."completion_status" <> 'in_progress';--> statement-breakpoint
CREATE INDEX "leads_list" ON "leads" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "deliveries_list" ON "deliveries" USING btree ("status","id");--> statement-breakpoint
ALTER TABLE "sites" ADD CONSTRAINT "sites_review_sample_percent" CHECK ("sites"."review_sample_percent" between 0 and 100);--> statement-breakpoint
ALTER TABLE "sites" ADD CONSTRAINT "sites_promise_hours" CHECK ("sites"."promise_hours" between 1 and 720);--> statement-breakpoint
ALTER TABLE "sites" ADD CONSTRAINT "sites_retention_days" CHECK ("sites"."retention_days" between 1 and 36500);