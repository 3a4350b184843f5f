ALTER TABLE "events" ADD COLUMN "log_checksum" bigint;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "head_checksum" bigint DEFAULT 0 NOT NULL;