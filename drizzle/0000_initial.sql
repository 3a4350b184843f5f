CREATE TABLE "app_reloads" (
	"tenant_id" text collate "C" NOT NULL,
	"event_key" text collate "C" NOT NULL,
	"reload_id" text collate "C",
	"app_id" text collate "C",
	"app_name" text,
	"app_name_key" text collate "C",
	"status" text NOT NULL,
	"status_name" text,
	"end_time" timestamp (3) with time zone,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"duration" bigint,
	"duration_ms" bigint,
	"peak_memory_bytes" bigint,
	"memory_bytes" bigint,
	"errors" json NOT NULL,
	"warnings" json NOT NULL,
	"statements" json NOT NULL,
	CONSTRAINT "app_reloads_tenant_id_event_key_pk" PRIMARY KEY("tenant_id","event_key")
);
--> statement-breakpoint
CREATE TABLE "apps" (
	"tenant_id" text collate "C" NOT NULL,
	"app_id" text collate "C" NOT NULL,
	"name" text,
	"name_key" text collate "C",
	"description" text,
	"owner" text,
	"owner_id" text collate "C",
	"space_id" text collate "C",
	"dynamic_color" text,
	"published" boolean,
	"reported_publish_time" timestamp (3) with time zone,
	"published_event_at" timestamp (3) with time zone,
	"has_section_access" boolean,
	"origin_app_id" text collate "C",
	"created_date" timestamp (3) with time zone,
	"modified_date" timestamp (3) with time zone,
	"last_reload_time" timestamp (3) with time zone,
	"last_exported_at" timestamp (3) with time zone,
	"file_bytes" bigint,
	"memory_bytes" bigint,
	"extra_attributes" json,
	"deleted_event_at" timestamp (3) with time zone,
	"created_event_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	"last_event_at" timestamp (3) with time zone NOT NULL,
	"origins" json NOT NULL,
	CONSTRAINT "apps_tenant_id_app_id_pk" PRIMARY KEY("tenant_id","app_id")
);
--> statement-breakpoint
CREATE TABLE "automation_runs" (
	"tenant_id" text collate "C" NOT NULL,
	"run_id" text collate "C" NOT NULL,
	"automation_id" text collate "C",
	"title" text,
	"title_key" text collate "C",
	"status" text NOT NULL,
	"status_name" text,
	"context" text,
	"context_name" text,
	"billable" boolean,
	"is_test_run" boolean,
	"is_archived" boolean,
	"executed_by_id" text collate "C",
	"owner_id" text collate "C",
	"space_id" text collate "C",
	"created_at" timestamp (3) with time zone,
	"scheduled_start_time" timestamp (3) with time zone,
	"start_time" timestamp (3) with time zone,
	"stop_time" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"duration_ms" bigint,
	"queued_ms" bigint,
	"rx_bytes" bigint,
	"tx_bytes" bigint,
	"total_api_calls" bigint,
	"metrics" json,
	"blocks" json,
	"last_event_at" timestamp (3) with time zone NOT NULL,
	"origins" json NOT NULL,
	CONSTRAINT "automation_runs_tenant_id_run_id_pk" PRIMARY KEY("tenant_id","run_id")
);
--> statement-breakpoint
CREATE TABLE "automations" (
	"tenant_id" text collate "C" NOT NULL,
	"automation_id" text collate "C" NOT NULL,
	"name" text,
	"name_key" text collate "C",
	"last_run_at" timestamp (3) with time zone NOT NULL,
	"last_event_at" timestamp (3) with time zone NOT NULL,
	"origins" json NOT NULL,
	CONSTRAINT "automations_tenant_id_automation_id_pk" PRIMARY KEY("tenant_id","automation_id")
);
--> statement-breakpoint
CREATE TABLE "blocks" (
	"tenant_id" text collate "C" NOT NULL,
	"run_id" text collate "C" NOT NULL,
	"ordinal" integer NOT NULL,
	"run_occurred_at" timestamp (3) with time zone NOT NULL,
	"automation_id" text collate "C",
	"type" text NOT NULL,
	"type_name" text,
	"block_name" text,
	"block_name_key" text collate "C",
	"params" json,
	"rx_bytes" bigint,
	"tx_bytes" bigint,
	"api_calls" bigint,
	"duration_ms" bigint,
	"snippet_id" text collate "C",
	"endpoint_id" text collate "C",
	"connector_id" text collate "C",
	CONSTRAINT "blocks_tenant_id_run_id_ordinal_pk" PRIMARY KEY("tenant_id","run_id","ordinal")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"tenant_id" text collate "C" NOT NULL,
	"position" bigint NOT NULL,
	"event_key" text collate "C" NOT NULL,
	"type_key" text collate "C" NOT NULL,
	"event_id" text collate "C" NOT NULL,
	"source" text collate "C" NOT NULL,
	"type" text NOT NULL,
	"type_name" text collate "C" NOT NULL,
	"source_key" text collate "C",
	"type_name_key" text collate "C",
	"envelope" text NOT NULL,
	"spec_version" text,
	"content_type" text,
	"event_type_version" text,
	"time" timestamp (3) with time zone NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"user_id" text collate "C",
	"owner_id" text collate "C",
	"space_id" text collate "C",
	"top_level_resource_id" text collate "C",
	"run_id" text collate "C",
	"app_id" text collate "C",
	"warnings" json,
	"content_hash" text collate "C" NOT NULL,
	"raw" json,
	CONSTRAINT "events_tenant_id_position_pk" PRIMARY KEY("tenant_id","position")
);
--> statement-breakpoint
CREATE TABLE "quarantine" (
	"tenant_id" text collate "C" NOT NULL,
	"item_key" text collate "C" NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"problems" json NOT NULL,
	"raw" json NOT NULL,
	CONSTRAINT "quarantine_tenant_id_item_key_pk" PRIMARY KEY("tenant_id","item_key")
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"tenant_id" text collate "C" PRIMARY KEY NOT NULL,
	"head" bigint NOT NULL,
	"pruned_through" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX "app_reloads_by_time" ON "app_reloads" USING btree ("tenant_id","occurred_at","event_key");--> statement-breakpoint
CREATE INDEX "app_reloads_of_app" ON "app_reloads" USING btree ("tenant_id","app_id","occurred_at","event_key");--> statement-breakpoint
CREATE INDEX "apps_by_name" ON "apps" USING btree ("tenant_id",left("name_key", 200),"app_id");--> statement-breakpoint
CREATE INDEX "automation_runs_by_time" ON "automation_runs" USING btree ("tenant_id","occurred_at","run_id");--> statement-breakpoint
CREATE INDEX "automation_runs_of_automation" ON "automation_runs" USING btree ("tenant_id","automation_id","occurred_at","run_id");--> statement-breakpoint
CREATE INDEX "automations_by_last_run" ON "automations" USING btree ("tenant_id","last_run_at","automation_id");--> statement-breakpoint
CREATE INDEX "blocks_by_time" ON "blocks" USING btree ("tenant_id","run_occurred_at" DESC NULLS FIRST,"run_id" DESC NULLS FIRST,"ordinal");--> statement-breakpoint
CREATE UNIQUE INDEX "events_identity" ON "events" USING btree ("tenant_id","event_key","type_key");--> statement-breakpoint
CREATE INDEX "events_of_run" ON "events" USING btree ("tenant_id","run_id","position");--> statement-breakpoint
CREATE INDEX "events_of_app" ON "events" USING btree ("tenant_id","app_id","position");