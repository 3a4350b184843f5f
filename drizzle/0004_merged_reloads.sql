-- The column is renamed, and its indexes with it: no row is written, however many there are.
ALTER TABLE "app_reloads" RENAME COLUMN "event_key" TO "reload_key";--> statement-breakpoint
ALTER TABLE "app_reloads" RENAME CONSTRAINT "app_reloads_tenant_id_event_key_pk" TO "app_reloads_tenant_id_reload_key_pk";--> statement-breakpoint
ALTER TABLE "app_reloads" ADD COLUMN "event_key" text collate "C";--> statement-breakpoint
ALTER TABLE "app_reloads" ADD COLUMN "event_type_key" text collate "C" DEFAULT 'app.reload.finished' NOT NULL;--> statement-breakpoint
ALTER TABLE "app_reloads" ADD COLUMN "last_event_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "app_reloads" ADD COLUMN "origins" json;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "reload_key" text collate "C";
