import { PageSkeleton } from "@/components/ui/section";

export default function Loading() {
  return <PageSkeleton />;
}
