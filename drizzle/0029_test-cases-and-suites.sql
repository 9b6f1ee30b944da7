CREATE TABLE "cases" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "cases_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"site_id" bigint NOT NULL,
	"title" text NOT NULL,
	"lines" text[] NOT NULL,
	"context" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"checks" jsonb NOT NULL,
	"expected" text,
	"expected_line" integer,
	"source_id" bigint,
	"user_id" bigint,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "suite_cases" (
	"suite_id" bigint NOT NULL,
	"case_id" bigint NOT NULL,
	"position" integer NOT NULL,
	CONSTRAINT "suite_cases_suite_id_case_id_pk" PRIMARY KEY("suite_id","case_id")
);
--> statement-breakpoint
CREATE TABLE "suite_run_cases" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "suite_run_cases_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" bigint NOT NULL,
	"case_id" bigint NOT NULL,
	"position" integer NOT NULL,
	"title" text NOT NULL,
	"lines" text[] NOT NULL,
	"context" jsonb NOT NULL,
	"checks" jsonb NOT NULL,
	"expected" text,
	"expected_line" integer,
	"status" text DEFAULT 'queued' NOT NULL,
	"attempts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"start_count" integer DEFAULT 0 NOT NULL,
	"chat_session_id" bigint,
	"sent_count" integer DEFAULT 0 NOT NULL,
	"is_answered" boolean DEFAULT false NOT NULL,
	"claimed_until" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "suite_run_cases_status" CHECK ("suite_run_cases"."status" in ('queued', 'running', 'passed', 'flaky', 'failed', 'error'))
);
--> statement-breakpoint
CREATE TABLE "suite_runs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "suite_runs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"suite_id" bigint NOT NULL,
	"site_id" bigint NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"connector" jsonb NOT NULL,
	"is_candidate" boolean DEFAULT false NOT NULL,
	"version" text,
	"trigger" text NOT NULL,
	"user_id" bigint,
	"started_by" text NOT NULL,
	"total" integer NOT NULL,
	"passed" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"flaky" integer DEFAULT 0 NOT NULL,
	"pass_rate" double precision,
	"newly_failed" bigint[] DEFAULT '{}' NOT NULL,
	"newly_passed" bigint[] DEFAULT '{}' NOT NULL,
	"previous_id" bigint,
	"error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "suite_runs_status" CHECK ("suite_runs"."status" in ('queued', 'running', 'passed', 'failed', 'error')),
	CONSTRAINT "suite_runs_finished" CHECK (("suite_runs"."finished_at" is null) = ("suite_runs"."status" in ('queued', 'running')))
);
--> statement-breakpoint
CREATE TABLE "suites" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "suites_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"site_id" bigint NOT NULL,
	"name" text NOT NULL,
	"schedule" text,
	"next_run_at" timestamp (3) with time zone,
	"is_of_issues" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "expected" text;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_source_id_chat_sessions_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."chat_sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cases" ADD CONSTRAINT "cases_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suite_cases" ADD CONSTRAINT "suite_cases_suite_id_suites_id_fk" FOREIGN KEY ("suite_id") REFERENCES "public"."suites"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suite_cases" ADD CONSTRAINT "suite_cases_case_id_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."cases"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suite_run_cases" ADD CONSTRAINT "suite_run_cases_run_id_suite_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."suite_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suite_run_cases" ADD CONSTRAINT "suite_run_cases_chat_session_id_chat_sessions_id_fk" FOREIGN KEY ("chat_session_id") REFERENCES "public"."chat_sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suite_runs" ADD CONSTRAINT "suite_runs_suite_id_suites_id_fk" FOREIGN KEY ("suite_id") REFERENCES "public"."suites"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suite_runs" ADD CONSTRAINT "suite_runs_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suite_runs" ADD CONSTRAINT "suite_runs_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suites" ADD CONSTRAINT "suites_site_id_sites_id_fk" FOREIGN KEY ("site_id") REFERENCES "public"."sites"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "cases_site" ON "cases" USING btree ("site_id","created_at","id");--> statement-breakpoint
CREATE INDEX "cases_list" ON "cases" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "cases_source" ON "cases" USING btree ("source_id") WHERE "cases"."source_id" is not null;--> statement-breakpoint
CREATE INDEX "suite_cases_case" ON "suite_cases" USING btree ("case_id");--> statement-breakpoint
CREATE UNIQUE INDEX "suite_run_cases_run" ON "suite_run_cases" USING btree ("run_id","position");--> statement-breakpoint
CREATE INDEX "suite_run_cases_case" ON "suite_run_cases" USING btree ("case_id","run_id");--> statement-breakpoint
CREATE UNIQUE INDEX "suite_run_cases_session" ON "suite_run_cases" USING btree ("chat_session_id") WHERE "suite_run_cases"."chat_session_id" is not null;--> statement-breakpoint
CREATE INDEX "suite_run_cases_queued" ON "suite_run_cases" USING btree ("run_id","position") WHERE "suite_run_cases"."status" = 'queued';--> statement-breakpoint
CREATE INDEX "suite_run_cases_running" ON "suite_run_cases" USING btree ("run_id","id") WHERE "suite_run_cases"."status" = 'running';--> statement-breakpoint
CREATE INDEX "suite_runs_suite" ON "suite_runs" USING btree ("suite_id","id");--> statement-breakpoint
CREATE INDEX "suite_runs_best" ON "suite_runs" USING btree ("suite_id","pass_rate","id") WHERE "suite_runs"."pass_rate" is not null;--> statement-breakpoint
CREATE INDEX "suite_runs_open" ON "suite_runs" USING btree ("site_id","id") WHERE "suite_runs"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "suite_runs_old" ON "suite_runs" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "suites_site" ON "suites" USING btree ("site_id","created_at","id");--> statement-breakpoint
CREATE INDEX "suites_list" ON "suites" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "suites_due" ON "suites" USING btree ("next_run_at") WHERE "suites"."next_run_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "suites_issues" ON "suites" USING btree ("site_id") WHERE "suites"."is_of_issues";