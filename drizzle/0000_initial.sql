CREATE TABLE "ai_turns" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ai_turns_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"turn_id" uuid NOT NULL,
	"chat_session_id" bigint NOT NULL,
	"action" text NOT NULL,
	"connector" text NOT NULL,
	"after_message_id" bigint,
	"message_id" bigint,
	"tries" integer DEFAULT 1 NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"first_byte_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"http_status" integer,
	"shape" text,
	"outcome" text,
	"detail" text,
	"retries" integer DEFAULT 0 NOT NULL,
	"execution_id" text,
	CONSTRAINT "ai_turns_turn_id_unique" UNIQUE("turn_id")
);
--> statement-breakpoint
CREATE TABLE "automation_errors" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "automation_errors_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"group_id" bigint NOT NULL,
	"chat_session_id" bigint,
	"workflow" text NOT NULL,
	"node" text,
	"message" text NOT NULL,
	"stack" text,
	"severity" text NOT NULL,
	"execution_id" text,
	"execution_url" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "error_groups" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "error_groups_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"fingerprint" text NOT NULL,
	"workflow" text NOT NULL,
	"node" text,
	"message" text NOT NULL,
	"severity" text NOT NULL,
	"count" integer DEFAULT 0 NOT NULL,
	"first_seen_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	"resolved_by_id" bigint,
	CONSTRAINT "error_groups_fingerprint_unique" UNIQUE("fingerprint")
);
--> statement-breakpoint
CREATE TABLE "chat_sessions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "chat_sessions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"public_id" text NOT NULL,
	"site_id" bigint NOT NULL,
	"channel" text DEFAULT 'web' NOT NULL,
	"completion_status" text DEFAULT 'in_progress' NOT NULL,
	"completion_source" text,
	"archive_status" text DEFAULT 'active' NOT NULL,
	"qa_status" text DEFAULT 'unchecked' NOT NULL,
	"ai_engaged" boolean DEFAULT false NOT NULL,
	"ai_paused" boolean DEFAULT false NOT NULL,
	"assignee_id" bigint,
	"client_session_id" uuid,
	"context" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"message_count" integer DEFAULT 0 NOT NULL,
	"visitor_message_count" integer DEFAULT 0 NOT NULL,
	"ai_message_count" integer DEFAULT 0 NOT NULL,
	"last_message_id" bigint,
	"last_message_sender" text,
	"last_message_preview" text,
	"last_message_at" timestamp (3) with time zone,
	"last_visitor_message_id" bigint,
	"answered_through_id" bigint,
	"is_awaiting_reply" boolean DEFAULT false NOT NULL,
	"turn_id" uuid,
	"turn_lease_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_activity_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp (3) with time zone,
	"archived_at" timestamp (3) with time zone,
	CONSTRAINT "chat_sessions_public_id_unique" UNIQUE("public_id"),
	CONSTRAINT "chat_sessions_channel" CHECK ("chat_sessions"."channel" in ('web', 'messenger', 'test')),
	CONSTRAINT "chat_sessions_completion_status" CHECK ("chat_sessions"."completion_status" in ('in_progress', 'complete', 'abandoned')),
	CONSTRAINT "chat_sessions_completed" CHECK (("chat_sessions"."completion_status" = 'complete') = ("chat_sessions"."completed_at" is not null and "chat_sessions"."completion_source" is not null)),
	CONSTRAINT "chat_sessions_archive_status" CHECK ("chat_sessions"."archive_status" in ('active', 'archived')),
	CONSTRAINT "chat_sessions_qa_status" CHECK ("chat_sessions"."qa_status" in ('unchecked', 'passed', 'issue', 'fixed'))
);
--> statement-breakpoint
CREATE TABLE "leads" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "leads_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint NOT NULL,
	"name" text,
	"email" text,
	"phone" text,
	"company" text,
	"answers" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"provenance" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"score" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "leads_chat_session_id_unique" UNIQUE("chat_session_id"),
	CONSTRAINT "leads_score" CHECK ("leads"."score" between 0 and 100)
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "messages_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint NOT NULL,
	"sender" text NOT NULL,
	"message" text NOT NULL,
	"user_id" bigint,
	"client_message_id" uuid,
	"external_id" text,
	"turn_id" uuid,
	"is_fallback" boolean DEFAULT false NOT NULL,
	"quick_replies" text[],
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "messages_sender" CHECK ("messages"."sender" in ('visitor', 'ai', 'agent', 'system'))
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "reviews_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chat_session_id" bigint NOT NULL,
	"from_status" text NOT NULL,
	"qa_status" text NOT NULL,
	"notes" text,
	"developer_feedback" text,
	"user_id" bigint,
	"reviewer" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sites" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "sites_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"name" text NOT NULL,
	"look" jsonb NOT NULL,
	"greeting" text,
	"questions" jsonb NOT NULL,
	"completion_phrases" text[] NOT NULL,
	"fallback_reply" text NOT NULL,
	"allowed_origins" text[] DEFAULT '{}' NOT NULL,
	"connector" jsonb NOT NULL,
	"max_concurrent_turns" integer DEFAULT 16 NOT NULL,
	"idle_minutes" integer DEFAULT 30 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sites_key_unique" UNIQUE("key"),
	CONSTRAINT "sites_idle_minutes" CHECK ("sites"."idle_minutes" between 1 and 43200),
	CONSTRAINT "sites_max_concurrent_turns" CHECK ("sites"."max_concurrent_turns" between 1 and 1000)
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "api_keys_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"key_hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"created_by_id" bigint,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_key_hash_unique" UNIQUE("key_hash")
);
--> statement-breakpoint
CREATE TABLE "auth_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" bigint NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user_tokens" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"email" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"password_hash" text NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_role" CHECK ("users"."role" in ('admin', 'agent'))
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "deliveries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"webhook_id" text NOT NULL,
	"endpoint_id" bigint NOT NULL,
	"chat_session_id" bigint,
	"event" text NOT NULL,
	"dedupe_key" text NOT NULL,
	"body" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"attempt_count" integer DEFAULT 0 NOT NULL,
	"schedule_step" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"claimed_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"delivered_at" timestamp (3) with time zone,
	CONSTRAINT "deliveries_webhook_id_unique" UNIQUE("webhook_id"),
	CONSTRAINT "deliveries_status" CHECK ("deliveries"."status" in ('pending', 'delivered', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "delivery_attempts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "delivery_attempts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"delivery_id" bigint NOT NULL,
	"number" integer NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"duration_ms" integer NOT NULL,
	"http_status" integer,
	"response" text,
	"error" text
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_endpoints_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"site_id" bigint NOT NULL,
	"url" text NOT NULL,
	"sealed_secret" text NOT NULL,
	"events" text[] NOT NULL,
	"is_enabled" boolean DEFAULT true NOT NULL,
	"disabled_reason" text,
	"is_from_environment" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "ai_turns" ADD CONSTRAINT "ai_turns_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "automation_errors" ADD CONSTRAINT "automation_errors_group_id_error_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."error_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "automation_errors" ADD CONSTRAINT "automation_errors_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "error_groups" ADD CONSTRAINT "error_groups_resolved_by_id_users_id_fk" FOREIGN KEY ("resolved_by_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD CONSTRAINT "chat_sessions_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_sessions" ADD CONSTRAINT "chat_sessions_assignee_id_users_id_fk" FOREIGN KEY ("assignee_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_created_by_id_users_id_fk" FOREIGN KEY ("created_by_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "auth_sessions" ADD CONSTRAINT "auth_sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_endpoint_id_webhook_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_delivery_id_deliveries_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "public"."deliveries"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "ai_turns_session" ON "ai_turns" USING btree ("chat_session_id","id");--> statement-breakpoint
CREATE INDEX "automation_errors_group" ON "automation_errors" USING btree ("group_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "automation_errors_session" ON "automation_errors" USING btree ("chat_session_id");--> statement-breakpoint
CREATE INDEX "error_groups_list" ON "error_groups" USING btree ("last_seen_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "chat_sessions_list" ON "chat_sessions" USING btree ("archive_status","last_activity_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "chat_sessions_site_list" ON "chat_sessions" USING btree ("site_id","last_activity_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "chat_sessions_open" ON "chat_sessions" USING btree ("id") WHERE "chat_sessions"."completion_status" = 'in_progress';--> statement-breakpoint
CREATE INDEX "chat_sessions_due" ON "chat_sessions" USING btree ("id") WHERE "chat_sessions"."is_awaiting_reply" or "chat_sessions"."turn_id" is not null;--> statement-breakpoint
CREATE INDEX "chat_sessions_qa" ON "chat_sessions" USING btree ("qa_status","last_activity_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE "chat_sessions"."completion_status" <> 'in_progress';--> statement-breakpoint
CREATE UNIQUE INDEX "chat_sessions_client_session_id" ON "chat_sessions" USING btree ("site_id","client_session_id") WHERE "chat_sessions"."client_session_id" is not null;--> statement-breakpoint
CREATE INDEX "leads_list" ON "leads" USING btree ("created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "leads_email" ON "leads" USING btree (lower("email"));--> statement-breakpoint
CREATE INDEX "leads_search" ON "leads" USING gin (to_tsvector('simple', coalesce("name", '') || ' ' || coalesce("email", '') || ' ' || coalesce("phone", '') || ' ' || coalesce("company", '')));--> statement-breakpoint
CREATE INDEX "messages_transcript" ON "messages" USING btree ("chat_session_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_client_message_id" ON "messages" USING btree ("chat_session_id","client_message_id") WHERE "messages"."client_message_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "messages_external_id" ON "messages" USING btree ("chat_session_id","external_id") WHERE "messages"."external_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "messages_turn_id" ON "messages" USING btree ("turn_id") WHERE "messages"."turn_id" is not null;--> statement-breakpoint
CREATE INDEX "messages_search" ON "messages" USING gin (to_tsvector('simple', "message"));--> statement-breakpoint
CREATE INDEX "reviews_session" ON "reviews" USING btree ("chat_session_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_unique" ON "users" USING btree (lower("email"));--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_dedupe" ON "deliveries" USING btree ("endpoint_id","dedupe_key");--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("endpoint_id","next_attempt_at","id") WHERE "deliveries"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "deliveries_list" ON "deliveries" USING btree ("status","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "deliveries_session" ON "deliveries" USING btree ("chat_session_id");--> statement-breakpoint
CREATE UNIQUE INDEX "delivery_attempts_number" ON "delivery_attempts" USING btree ("delivery_id","number");--> statement-breakpoint
CREATE INDEX "webhook_endpoints_site" ON "webhook_endpoints" USING btree ("site_id");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_endpoints_environment" ON "webhook_endpoints" USING btree ("site_id") WHERE "webhook_endpoints"."is_from_environment";